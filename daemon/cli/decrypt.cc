// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/decrypt.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "daemon/cli/print.h"
#include "daemon/core/text.h"
#include "daemon/host/ship_process.h"

namespace kdumpd {

int RunDecryptVerb(const Arguments& arguments) {
  const auto program = ShipProgram();
  if (!program) {
    PrintProblem(program.error().message);
    return kExitInternal;
  }
  std::vector<std::string> words{*program, "decrypt"};
  for (const std::string& identity : arguments.identities) {
    words.insert(words.end(), {"--identity", identity});
  }
  if (!arguments.decrypted.empty()) words.insert(words.end(), {"--output", arguments.decrypted});
  words.insert(words.end(), arguments.paths.begin(), arguments.paths.end());
  std::vector<char*> pointers(words.size() + 1);
  std::ranges::transform(words, pointers.begin(), [](std::string& word) { return word.data(); });
  ::execv(program->c_str(), pointers.data());
  PrintProblem(Cat("starting ", *program, ": ", std::generic_category().message(errno)));
  return kExitInternal;
}

}  // namespace kdumpd
