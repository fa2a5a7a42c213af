// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "daemon/core/upload.h"
#include "daemon/core/upload_journal.h"

// Headers of age v1 files (C2SP age.md), with native X25519 recipients.
namespace kdumpd {

inline constexpr std::size_t kMostAgeHeaderBytes = 64 << 10;
inline constexpr std::size_t kMostAgeStanzas = 20;

// What follows a header for a file of so many bytes: nonce, text, and a tag for each chunk.
[[nodiscard]] std::uint64_t AgePayloadBytes(std::uint64_t plain_bytes);

// The plan for plan.mark.bytes, encrypted to all of `recipients`, with a file key and a nonce that
// nobody has used. A plan whose file has changed is never used again: the same key and nonce would
// give both texts away. kConfig: no recipient, too many, or one that is none; kSource: the system
// has no randomness.
[[nodiscard]] Uploaded<UploadPlan> PlanEncryption(UploadPlan plan,
                                                  std::span<const std::string> recipients);

// What a header gives to whoever has one of the identities.
struct OpenedAgeHeader {
  std::string file_key;
  std::size_t bytes = 0;  // of the header: there the payload begins
};
// `start`: the first bytes of a file, up to kMostAgeHeaderBytes of it. kMismatch: it is not age's,
// cut off or damaged; kCredentials: for somebody else; kConfig: an identity that is none.
[[nodiscard]] Uploaded<OpenedAgeHeader> OpenAgeHeader(std::string_view start,
                                                      std::span<const std::string> identities);

}  // namespace kdumpd
