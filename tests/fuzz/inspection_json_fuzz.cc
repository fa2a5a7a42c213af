// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "daemon/render/inspection_json.h"
#include "daemon/render/inspection_text.h"

// What is accepted is sanitized, and is the same after another way there and back.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kdumpd;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = ParseInspection(text);
  if (!parsed) return 0;
  Inspection sanitized = *parsed;
  Sanitize(sanitized);
  if (sanitized != *parsed) __builtin_trap();
  const auto again = ParseInspection(InspectionJson(*parsed, text));
  if (!again || *again != *parsed) __builtin_trap();
  const std::string shown = InspectionText(*parsed, text.substr(0, 64), false);
  for (const char c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') __builtin_trap();
  }
  return 0;
}
