// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/upload.h"

// The way back from an encrypted object to the file.
namespace kdumpd {

inline constexpr std::size_t kMostIdentityFileBytes = 1 << 20;

// Reads age v1 from `in` to its end and writes the file to `out`: a chunk only after it was
// authenticated, so what is there when it fails is a true beginning of the file. Holds two chunks,
// whatever the size. The bytes written, or kMismatch: it is not age's, damaged, reordered, cut off
// or longer than it was made; kCredentials: it is for somebody else; kConfig: an identity that is
// none; kSource: it cannot be read, or not be written.
[[nodiscard]] Uploaded<std::uint64_t> Decrypt(int in, int out,
                                              std::span<const std::string> identities);

// The secret keys of an identity file as age-keygen writes it: one a line, '#' begins a comment.
// kConfig says which line is none, and does not repeat it.
[[nodiscard]] Uploaded<std::vector<std::string>> ParseIdentities(std::string_view text);
// kSource: it cannot be read; kConfig: also when it has more than kMostIdentityFileBytes.
[[nodiscard]] Uploaded<std::vector<std::string>> ReadIdentities(const std::string& path);

}  // namespace kdumpd
