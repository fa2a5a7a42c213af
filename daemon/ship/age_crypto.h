// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/core/age_recipient.h"

// What age v1 is made of (C2SP age.md), by OpenSSL. Keys and digests are raw bytes.
namespace kdumpd {

inline constexpr std::size_t kAgeKeyBytes = 16;  // of a file key, and of a payload's nonce
inline constexpr std::size_t kAgeChunk = 64 << 10;
inline constexpr std::size_t kAgeTag = 16;

// Nothing: the system has no randomness to give.
[[nodiscard]] std::optional<std::string> RandomBytes(std::size_t count);
// RFC 5869 with SHA-256, 32 bytes.
[[nodiscard]] std::string HkdfSha256(std::string_view key, std::string_view salt,
                                     std::string_view info);
// RFC 7748. Nothing for a point of low order: the secret would be known to everybody.
[[nodiscard]] std::optional<std::string> X25519(std::string_view scalar, std::string_view point);
[[nodiscard]] std::optional<std::string> X25519Public(std::string_view scalar);
// In a time that does not depend on where they differ.
[[nodiscard]] bool SameBytes(std::string_view one, std::string_view other);
inline std::string_view View(const AgeKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

// ChaCha20-Poly1305 (RFC 8439) with one key; no additional data. Not for two threads at once.
class AgeCipher {
 public:
  explicit AgeCipher(std::string_view key);  // 32 bytes
  AgeCipher(AgeCipher&&) noexcept;
  AgeCipher& operator=(AgeCipher&&) noexcept;
  ~AgeCipher();

  // Chunk `index` of a payload: the nonce is its number and whether it is the last. `sealed` has
  // room for the tag behind the text, `text` for what is before it; they may be the same memory.
  void Seal(std::uint64_t index, bool last, std::span<const std::byte> text,
            std::span<std::byte> sealed);
  // False: it is not what was sealed; what `text` then holds means nothing.
  [[nodiscard]] bool Open(std::uint64_t index, bool last, std::span<const std::byte> sealed,
                          std::span<std::byte> text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A payload's cipher.
[[nodiscard]] AgeCipher PayloadCipher(std::string_view file_key, std::string_view nonce);

}  // namespace kdumpd
