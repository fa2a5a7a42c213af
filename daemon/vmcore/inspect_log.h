// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "daemon/vmcore/inspect.h"

namespace kdumpd {

// A file that is a kernel log: the newest of it, whatever was asked for of a dump's log.
[[nodiscard]] Inspection InspectLog(const ByteSource& file, const InspectOptions& options);

// The end of a text that comes in pieces.
class NewestText {
 public:
  void Take(std::string_view lines) {
    if (text_.size() > 2 * kMost) text_.erase(0, text_.size() - kMost);
    text_ += lines;
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  static constexpr std::size_t kMost = 6 << 20;  // kMaxCrashLines of the usual length
  std::string text_;
};

// Into the inspection of a dump what its log says.
void TakeCrash(std::string_view log, Inspection& inspection);

}  // namespace kdumpd
