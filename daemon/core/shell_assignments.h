// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

// A file of NAME=value lines that a shell sources. Nothing is run: what only a shell could answer
// is an oddity, told with its line. Quoting by POSIX XCU 2.2.
namespace kdumpd {

struct ShellAssignment {
  int line = 0;
  std::string name;
  std::string value;    // quotes and escapes removed, $ left as it stands
  bool append = false;  // NAME+=value
};

enum class ShellOddity {
  kCrlf,
  kUnbalancedQuote,
  kCommandSubstitution,  // $(...) or `...`
  kExpansion,            // $NAME
  kAppend,
  kParenthesis,  // a syntax error to dash, an array to bash
  kExtraWords,   // NAME=value command: the value goes to the command only
  kExport,       // export NAME=value: nothing to systemd
  kCommand,      // neither an assignment nor a comment
};

struct ShellRemark {
  int line = 0;
  ShellOddity oddity{};
  std::string name;  // of the variable, clipped, or ""; never a value
};

struct ShellText {
  std::vector<ShellAssignment> assignments;
  std::vector<ShellRemark> remarks;
};

// The first 200 remarks are kept.
[[nodiscard]] ShellText ReadShellAssignments(std::string_view text);

}  // namespace kdumpd
