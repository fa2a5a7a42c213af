// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::chrono::milliseconds kRedraw(100);
constexpr std::string_view kClear = "\r\033[K";  // ECMA-48 EL: to the end of the line

void Put(const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
  (void)std::fflush(stderr);
}

}  // namespace

std::string ProgressText(const ProgressFrame& progress, std::uint64_t bytes,
                         std::chrono::milliseconds elapsed, std::uint64_t first) {
  const auto share = [&](std::uint64_t done) {
    return progress.total == 0
               ? 0
               : std::min(1.0, static_cast<double>(done) / static_cast<double>(progress.total));
  };
  const double part = share(progress.done);
  const double moved = part - share(first);
  const auto done = static_cast<std::uint64_t>(part * static_cast<double>(bytes));
  const double seconds = static_cast<double>(elapsed.count()) / 1000;
  std::string text =
      Cat(static_cast<int>(part * 100), " %, ", FormatBytes(done), " of ", FormatBytes(bytes));
  if (moved <= 0 || seconds <= 0) return text;
  const double rate = moved * static_cast<double>(bytes) / seconds;
  text += Cat(", ", FormatBytes(static_cast<std::uint64_t>(rate)), "/s, ",
              FormatSeconds(static_cast<std::uint64_t>(seconds * (1 - part) / moved)), " left");
  return text;
}

ProgressLine::ProgressLine(bool wanted, std::uint64_t bytes)
    : wanted_(wanted && ::isatty(STDERR_FILENO) == 1), bytes_(bytes) {}

ProgressLine::~ProgressLine() {
  if (shown_) Put(std::string(kClear));
}

void ProgressLine::Show(const ProgressFrame& progress) {
  const auto now = Clock::now();
  if (!wanted_ || (shown_ && now - drawn_ < kRedraw)) return;
  if (!shown_) {
    start_ = now;
    first_ = progress.done;
  }
  drawn_ = now;
  shown_ = true;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - start_);
  Put(Cat(kClear, "  ", ProgressText(progress, bytes_, elapsed, first_)));
}

}  // namespace kdumpd
