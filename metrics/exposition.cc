// SPDX-License-Identifier: Apache-2.0
#include "metrics/exposition.h"

#include <prometheus/text_serializer.h>

#include <cmath>
#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// 64 bytes with the ellipsis.
constexpr std::size_t kMostLabelBytes = 61;

prometheus::MetricType TypeOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return prometheus::MetricType::Counter;
    case MetricKind::kHistogram:
      return prometheus::MetricType::Histogram;
    case MetricKind::kGauge:
      break;
  }
  return prometheus::MetricType::Gauge;
}

}  // namespace

Exposition::Exposition() {
  for (std::size_t i = 0; i < kCatalogue.size(); ++i) {
    families_[i].name = kCatalogue[i].name;
    families_[i].help = kCatalogue[i].help;
    families_[i].type = TypeOf(kCatalogue[i].kind);
  }
}

void Exposition::Add(std::size_t row, std::initializer_list<std::string_view> labels,
                     std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return;
  prometheus::ClientMetric& metric = families_[row].metric.emplace_back();
  std::size_t i = 0;
  for (const std::string_view label : labels) {
    metric.label.push_back(
        {std::string(kCatalogue[row].labels[i++]), Printable(label, kMostLabelBytes)});
  }
  // The serializer prints the member that belongs to the family's type.
  metric.gauge.value = *value;
  metric.counter.value = *value;
}

void Exposition::AddHistogram(std::size_t row, const ObserveHistogram& histogram) {
  if (!std::isfinite(histogram.sum_seconds)) return;
  prometheus::ClientMetric& metric = families_[row].metric.emplace_back();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < kObserveBuckets.size(); ++i) {
    count += histogram.counts[i];
    metric.histogram.bucket.push_back({count, kObserveBuckets[i]});
  }
  metric.histogram.sample_count = count + histogram.counts.back();
  metric.histogram.sample_sum = histogram.sum_seconds;
}

std::string Exposition::Text() const {
  std::vector<prometheus::MetricFamily> shown;
  for (const prometheus::MetricFamily& family : families_) {
    if (!family.metric.empty()) shown.push_back(family);
  }
  return prometheus::TextSerializer().Serialize(shown);
}

}  // namespace kdumpd
