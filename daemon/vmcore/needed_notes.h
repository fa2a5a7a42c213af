// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/text.h"
#include "daemon/vmcore/vmcoreinfo.h"

namespace kdumpd {

// Takes from VMCOREINFO what a rule cannot do without, and remembers the first that is not there.
class NeededNotes {
 public:
  explicit NeededNotes(const Vmcoreinfo& notes) : notes_(notes) {}

  std::uint64_t Symbol(std::string_view name) { return Take("SYMBOL", name, notes_.Symbol(name)); }
  std::uint64_t Number(std::string_view name) { return Take("NUMBER", name, notes_.Number(name)); }
  // "SYMBOL(name)" of the first that is missing; "" when none is.
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  std::uint64_t Take(std::string_view kind, std::string_view name,
                     std::optional<std::uint64_t> value) {
    if (!value && missing_.empty()) missing_ = Cat(kind, '(', name, ')');
    return value.value_or(0);
  }
  const Vmcoreinfo& notes_;
  std::string missing_;
};

}  // namespace kdumpd
