// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "daemon/core/journal_wire.h"

// What was understood says the same when it is said again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto boots = kdumpd::ParseBoots({reinterpret_cast<const char*>(data), size});
  const std::string said = kdumpd::EncodeBoots(boots);
  const auto again = kdumpd::ParseBoots(said);
  if (again.has_value() != boots.has_value()) __builtin_trap();
  if (boots && *again != *boots) __builtin_trap();
  if (!boots && (again.error().code != boots.error().code ||
                 again.error().message != boots.error().message)) {
    __builtin_trap();
  }
  if (!boots) return 0;
  for (const kdumpd::JournalBoot& boot : *boots) {
    if (boot.text.size() > kdumpd::kJournalTextBytes) __builtin_trap();
    for (const char c : boot.text + boot.panic) {
      if (c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)) __builtin_trap();
    }
  }
  return 0;
}
