// SPDX-License-Identifier: Apache-2.0
// A whole file in the kdump-compressed format.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "daemon/vmcore/container.h"
#include "tests/support/memory_bytes.h"

namespace {

using namespace kdumpd;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void RequireSound(const Wholeness& wholeness, std::uint64_t file_bytes) {
  Require(!wholeness.reason.empty() && !wholeness.detail.empty());
  switch (wholeness.state) {
    case DumpState::kComplete:
      Require(wholeness.pages_bad == 0 && !wholeness.needs_bytes);
      break;
    case DumpState::kIncomplete:
    case DumpState::kTruncated:
    case DumpState::kDamaged:
    case DumpState::kUnknown:
      break;
    default:
      Require(false);
  }
  Require(wholeness.pages_bad <= wholeness.pages_checked);
  Require(!wholeness.pages || wholeness.pages_checked <= *wholeness.pages);
  Require(!wholeness.needs_bytes || *wholeness.needs_bytes > file_bytes);
}

void CheckAll(Container& dump, std::uint64_t file_bytes) {
  bool whole = true;
  for (int level = 0; level < kCheckLevels; ++level) {
    const Wholeness wholeness = dump.Check(static_cast<CheckLevel>(level), {});
    RequireSound(wholeness, file_bytes);
    const bool complete = wholeness.state == DumpState::kComplete;
    if (complete) Require(wholeness.level == static_cast<CheckLevel>(level));
    // What a level found, the next one does not take back; every page includes every sample.
    Require(whole || !complete);
    whole = complete;
  }
}

// Twice the same: what is kept of pages and blocks changes nothing.
void ReadSome(Container& dump) {
  const std::uint64_t page = dump.facts().page_size;
  for (const std::uint64_t address :
       {std::uint64_t{0}, page - 1, page * 2, page * 3 + 100, page * 1000, ~std::uint64_t{0} - 3}) {
    std::array<std::byte, 300> one{}, other{};
    const auto first = dump.ReadPhysical(address, one);
    const auto second = dump.ReadPhysical(address, other);
    Require(first.has_value() == second.has_value());
    Require(!first || one == other);
    Require(first || first.error().code == ErrorCode::kNotFound ||
            first.error().code == ErrorCode::kInvalid);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemoryBytes bytes(std::string(reinterpret_cast<const char*>(data), size));
  const auto opened = OpenKdump(bytes);
  if (!opened) {
    RequireSound(opened.error(), size);
    Require(opened.error().state != DumpState::kComplete);
    return 0;
  }
  CheckAll(**opened, size);
  ReadSome(**opened);
  const auto set = OpenSplitSet({&bytes, &bytes});
  Require(set.has_value());
  RequireSound((*set)->Check(CheckLevel::kPages, {}), size);
  ReadSome(**set);
  return 0;
}
