// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/catalogue.h"

namespace kdumpd {

// Collects series into the families of the catalogue and prints them in its order. What has no
// value gets no series: unknown is absent. Label values are made printable and clipped: a kernel
// release is whatever the node says.
class Exposition {
 public:
  Exposition();

  // `labels` in the order of the catalogue. A value that is not finite counts as unknown.
  void Add(std::size_t row, std::initializer_list<std::string_view> labels,
           std::optional<double> value);
  void Add(std::size_t row, std::optional<double> value) { Add(row, {}, value); }
  void AddHistogram(std::size_t row, const ObserveHistogram& histogram);

  // Text format 0.0.4. The serializer prints 16 significant digits whatever the locale: whole
  // numbers up to 10^16 (9 PiB; any time) are exact.
  [[nodiscard]] std::string Text() const;

 private:
  std::array<prometheus::MetricFamily, kCatalogue.size()> families_;
};

}  // namespace kdumpd
