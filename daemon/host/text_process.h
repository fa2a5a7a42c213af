// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/host/child_process.h"

namespace kdumpd {

// A program that says one text and ends. One thread; dropping it kills and reaps it.
class TextProcess {
 public:
  // `most`: bytes of output; more is an error.
  static Result<TextProcess> Start(const std::string& program, std::vector<std::string> arguments,
                                   std::size_t most = 2 << 20);

  // Becomes readable when Step() has something to do. Nonblocking.
  [[nodiscard]] int fd() const { return child_.fd(); }
  // Takes what is there, at most 1 MiB; nothing while it works. At its end what it said, when its
  // exit status is 0; else kTooLarge, or kIo with how it ended.
  [[nodiscard]] std::optional<Result<std::string>> Step();

 private:
  TextProcess(ChildProcess child, std::size_t most) : child_(std::move(child)), most_(most) {}

  ChildProcess child_;
  std::size_t most_;
  std::string text_;
};

// Steps until it ends; kTimeout after `total_ms`.
[[nodiscard]] Result<std::string> WaitFor(TextProcess& process, int total_ms);

}  // namespace kdumpd
