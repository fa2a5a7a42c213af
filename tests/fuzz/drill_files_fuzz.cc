// SPDX-License-Identifier: Apache-2.0
// What is read of a drill once the files were written is what was written.
#include <cstddef>
#include <cstdint>

#include "daemon/core/kdump_test_mark.h"
#include "daemon/host/drill_json.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto mark = kdumpd::ParseKdumpTestMark(text)) {
    Require(mark->test_time >= 0 && mark->written_at == 0);
    Require(text.find(Name(mark->status)) != std::string_view::npos);
  }
  const auto intent = kdumpd::ParseIntent(text);
  if (intent.value) {
    Require(intent.schema == kdumpd::kDrillSchema && kdumpd::IsDrillId(intent.value->id));
    Require(kdumpd::ParseIntent(kdumpd::IntentJson(*intent.value)).value == intent.value);
  }
  const auto history = kdumpd::ParseHistory(text);
  if (history.value) {
    Require(!history.value->pending);
    Require(kdumpd::ParseHistory(kdumpd::HistoryJson(*history.value)).value == history.value);
  }
  return 0;
}
