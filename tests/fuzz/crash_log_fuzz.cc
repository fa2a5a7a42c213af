// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "daemon/core/analyse_crash.h"
#include "daemon/core/kernel_line.h"
#include "daemon/core/kernel_log_text.h"

// Kernel logs of any kind: the report stays within its bounds, is the same when it is sanitized
// again, and its names are of the log.
namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool IsPlain(std::string_view text) {
  return text.find_first_of(std::string_view("\0\x1b\r\x7f", 4)) == text.npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)kdumpd::LooksLikeKernelLog(text);
  (void)kdumpd::InspectLogText(text, false);
  const auto crash = kdumpd::AnalyseCrash(text);
  if (!crash) return 0;
  Require(crash->frames.size() <= kdumpd::kMaxFrames);
  Require(crash->modules.size() <= kdumpd::kMaxModules);
  Require(!crash->last_lines.empty() && crash->last_lines.size() <= kdumpd::kMaxLastLines);
  Require(!crash->title.empty() && crash->title.size() <= 256 && IsPlain(crash->title));
  Require(!crash->reason.empty() && IsPlain(crash->reason) && IsPlain(crash->task));
  Require(crash->signature.pre_image.starts_with(kdumpd::Name(crash->category)));
  Require(crash->signature.pre_image.size() <= 2048);
  // An SError comes when it comes: who ran is said, and is no part of what tells it apart.
  const bool ran = crash->category == kdumpd::CrashCategory::kSerror;
  Require(crash->function.empty() || crash->signature.basis == "frames" || ran);
  auto again = *crash;
  kdumpd::Sanitize(again);
  Require(again == *crash);
  return 0;
}
