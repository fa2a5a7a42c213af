// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/core/capture_failure.h"
#include "daemon/core/text.h"

// Logs of capture kernels: what is found is a row of the table, and its line is short, printable
// and holds a row's words.
namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool ProvenBy(std::string_view line, std::string_view code) {
  for (const kdumpd::CaptureFailureRule& rule : kdumpd::CaptureFailureRules()) {
    if (rule.code == code && line.contains(rule.words)) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view log(reinterpret_cast<const char*>(data), size);
  const auto failure = kdumpd::FindCaptureFailure(log);
  if (!failure) return 0;
  const kdumpd::CaptureFailureRule* rule = kdumpd::CaptureFailureOf(failure->code);
  Require(rule != nullptr && failure->meaning == rule->meaning && failure->remedy == rule->remedy);
  Require(!failure->line.empty() && failure->line.size() <= 256);
  Require(failure->line.find_first_of(std::string_view("\0\x1b\n\r\x7f", 5)) == std::string::npos);
  Require(ProvenBy(failure->line, failure->code));
  return 0;
}
