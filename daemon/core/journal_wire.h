// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_evidence.h"
#include "daemon/core/error.h"

// How kdumpd-boots answers on its standard output, in lines:
//
//   kdumpd-boots 1
//   boot 1f2e3d4c... 1700000000 1700000600 shutdown capture     the two words as they apply
//   panic Kernel panic - not syncing: ...                       if there is one
//   |kernel: Linux version ...                                  each line of the text
//   done 1                                                      the number of boots
//
// or, instead of boots and their number, "error CODE sentence".
namespace kdumpd {

inline constexpr std::size_t kJournalLineBytes = 1024;  // of one line of a text
inline constexpr std::size_t kJournalTextLines = 2048;

// Texts leave it printable and within their bounds, the oldest lines first to go; at most
// kMostJournalBoots.
[[nodiscard]] std::string EncodeBoots(const Result<std::vector<JournalBoot>>& boots);

// What was encoded: boots, or the error. kInvalid for what is not whole or makes no sense. Every
// text in the answer is printable, whoever wrote it; the lines of JournalBoot::text end with '\n'
// but the last.
[[nodiscard]] Result<std::vector<JournalBoot>> ParseBoots(std::string_view answer);

}  // namespace kdumpd
