// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/print.h"

#include <cerrno>
#include <cstdio>

#include "daemon/core/text.h"

namespace kdumpd {

bool PrintOut(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written || errno == EPIPE;  // `| head` has seen enough
}

void PrintProblem(std::string_view text) {
  std::fputs(Cat("kdumpd: ", text, "\n").c_str(), stderr);
}

}  // namespace kdumpd
