// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace kdumpd {

struct Digest::State {
  State() : context(EVP_MD_CTX_new()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
  EVP_MD_CTX* context;
};

// A hash that cannot be had is a machine without memory, or an OpenSSL that forbids MD5: no digest
// is worth anything then, and this process is a child that may end.
Digest::Digest(Kind kind) : state_(std::make_unique<State>()) {
  const EVP_MD* algorithm = kind == Kind::kSha256 ? EVP_sha256() : EVP_md5();
  if (EVP_DigestInit_ex(state_->context, algorithm, nullptr) != 1) std::abort();
}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::Add(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) std::abort();
}

std::string Digest::Take() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context, raw.data(), &size) != 1) std::abort();
  return {reinterpret_cast<const char*>(raw.data()), size};
}

std::string Sha256(std::string_view bytes) {
  Digest digest(Digest::Kind::kSha256);
  digest.Add(bytes);
  return digest.Take();
}

std::string Md5(std::string_view bytes) {
  Digest digest(Digest::Kind::kMd5);
  digest.Add(bytes);
  return digest.Take();
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  const auto* text = reinterpret_cast<const unsigned char*>(bytes.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text, bytes.size(), raw.data(),
           &size) == nullptr) {
    std::abort();
  }
  return {reinterpret_cast<const char*>(raw.data()), size};
}

std::string Hex(std::string_view raw) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * raw.size());
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    text += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return text;
}

std::string Base64(std::string_view raw) {
  std::string text(4 * ((raw.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(raw.data()),
                                   static_cast<int>(raw.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace kdumpd
