// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace kdumpd {

// decrypt -i|--identity FILE... [-o|--output FILE] [INPUT]: what follows the verb. Without INPUT,
// or with "-", standard input; without output, or with "-", standard output, but no terminal that
// was not asked for. An output file has its name, and mode 0600, only when all of it is there.
// Exit status: 0 done, 1 could not, 64 usage; both said on standard error.
[[nodiscard]] int RunDecrypt(std::span<char* const> arguments);

}  // namespace kdumpd
