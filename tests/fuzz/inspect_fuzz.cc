// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/inspect.h"

#include "tests/support/memory_bytes.h"

// The whole look into one file, as deep as it goes, and its log; then one that looks at the ends
// only, which may know less and never contradicts it for the better without a reason.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kdumpd::MemoryBytes bytes(std::string(reinterpret_cast<const char*>(data), size));
  const kdumpd::ByteSource* const files[] = {&bytes};
  kdumpd::InspectOptions options;
  options.level = kdumpd::CheckLevel::kPages;
  options.log = {.records = 1000, .text_bytes = 100'000};
  size_t lines = 0;
  options.line = [&](std::string_view text) {
    if (!text.ends_with('\n')) __builtin_trap();
    lines += text.size();
  };
  int budget = 1000;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (done > total) __builtin_trap();
    return --budget > 0;
  };
  const auto deep = kdumpd::Inspect(files, options);
  if (deep.wholeness.reason.empty() || deep.bytes != size) __builtin_trap();
  if (deep.wholeness.pages_bad > deep.wholeness.pages_checked) __builtin_trap();
  if (deep.log.records == 0 && lines != 0) __builtin_trap();
  if (deep.log.records > 1000) __builtin_trap();
  const bool dump =
      deep.format == kdumpd::DumpFormat::kElf || deep.format == kdumpd::DumpFormat::kKdump;
  const bool whole = deep.wholeness.state == kdumpd::DumpState::kComplete;
  if (whole && (!dump || deep.wholeness.pages_bad != 0)) __builtin_trap();

  auto sanitized = deep;
  kdumpd::Sanitize(sanitized);
  options.level = kdumpd::CheckLevel::kHeaders;
  options.log.records = 0;
  lines = 0;
  const auto shallow = kdumpd::Inspect(files, options);
  if (shallow.wholeness.reason.empty() || lines != 0) __builtin_trap();
  return 0;
}
