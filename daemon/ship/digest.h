// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

// OpenSSL's hashes.
namespace kdumpd {

class Digest {
 public:
  enum class Kind { kSha256, kMd5 };
  explicit Digest(Kind kind);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();

  void Add(std::span<const std::byte> bytes);
  void Add(std::string_view bytes) { Add(std::as_bytes(std::span(bytes))); }
  // The raw digest; nothing may be added afterwards.
  [[nodiscard]] std::string Take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string Sha256(std::string_view bytes);  // raw, 32 bytes
[[nodiscard]] std::string HmacSha256(std::string_view key, std::string_view bytes);  // raw
[[nodiscard]] std::string Md5(std::string_view bytes);   // raw, 16 bytes
[[nodiscard]] std::string Hex(std::string_view raw);     // lower case
[[nodiscard]] std::string Base64(std::string_view raw);  // with padding

}  // namespace kdumpd
