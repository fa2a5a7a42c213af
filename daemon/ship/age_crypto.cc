// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/age_crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdlib>

#include "daemon/core/text.h"
#include "daemon/ship/digest.h"

namespace kdumpd {
namespace {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

PrivateKey Scalar(std::string_view scalar) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, Raw(scalar), scalar.size()),
          &EVP_PKEY_free};
}

// Of an algorithm that every OpenSSL has, in memory that is there: it fails when the process can
// do nothing any more, and then no result is worth anything (as in digest.cc).
void Must(int result) {
  if (result != 1) std::abort();
}

}  // namespace

std::optional<std::string> RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(Raw(bytes), static_cast<int>(count)) != 1) return std::nullopt;
  return bytes;
}

std::string HkdfSha256(std::string_view key, std::string_view salt, std::string_view info) {
  // One block of output is enough. A missing salt is as many zeros as a hash has (RFC 5869, 2.2).
  const std::string zeros(32, '\0');
  const std::string extracted = HmacSha256(salt.empty() ? std::string_view(zeros) : salt, key);
  return HmacSha256(extracted, Cat(info, '\x01'));
}

std::optional<std::string> X25519(std::string_view scalar, std::string_view point) {
  const PrivateKey ours = Scalar(scalar);
  const PrivateKey theirs(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, Raw(point), point.size()),
      &EVP_PKEY_free);
  if (!ours || !theirs) return std::nullopt;
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new(ours.get(), nullptr), &EVP_PKEY_CTX_free);
  std::string shared(32, '\0');
  std::size_t size = shared.size();
  // OpenSSL itself refuses a result of zeros; so does RFC 7748, 6.1.
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), theirs.get()) != 1 ||
      EVP_PKEY_derive(context.get(), Raw(shared), &size) != 1 || size != shared.size() ||
      shared == std::string(32, '\0')) {
    return std::nullopt;
  }
  return shared;
}

std::optional<std::string> X25519Public(std::string_view scalar) {
  const PrivateKey ours = Scalar(scalar);
  std::string point(32, '\0');
  std::size_t size = point.size();
  if (!ours || EVP_PKEY_get_raw_public_key(ours.get(), Raw(point), &size) != 1) {
    return std::nullopt;
  }
  return point;
}

bool SameBytes(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

struct AgeCipher::State {
  explicit State(std::string_view bytes) : context(EVP_CIPHER_CTX_new()), key(bytes) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    EVP_CIPHER_CTX_free(context);
    OPENSSL_cleanse(key.data(), key.size());
  }
  void Begin(std::uint64_t index, bool last, bool seal) {
    std::array<unsigned char, 12> nonce{};  // 11 bytes of the number, big endian; then the flag
    for (std::size_t i = 0; i < 8; ++i) {
      nonce.at(10 - i) = static_cast<unsigned char>(index >> (8 * i));
    }
    nonce.back() = last ? 1 : 0;
    Must(EVP_CipherInit_ex(context, EVP_chacha20_poly1305(), nullptr, Raw(std::string_view(key)),
                           nonce.data(), seal ? 1 : 0));
  }
  EVP_CIPHER_CTX* context;
  std::string key;
};

AgeCipher::AgeCipher(std::string_view key) : state_(std::make_unique<State>(key)) {
  if (key.size() != 32) std::abort();
}
AgeCipher::AgeCipher(AgeCipher&&) noexcept = default;
AgeCipher& AgeCipher::operator=(AgeCipher&&) noexcept = default;
AgeCipher::~AgeCipher() = default;

void AgeCipher::Seal(std::uint64_t index, bool last, std::span<const std::byte> text,
                     std::span<std::byte> sealed) {
  EVP_CIPHER_CTX* context = state_->context;
  state_->Begin(index, last, true);
  int size = 0;
  if (!text.empty()) {
    Must(EVP_EncryptUpdate(context, Raw(sealed), &size, Raw(text), static_cast<int>(text.size())));
  }
  Must(EVP_EncryptFinal_ex(context, Raw(sealed) + text.size(), &size));
  Must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAgeTag, Raw(sealed) + text.size()));
}

bool AgeCipher::Open(std::uint64_t index, bool last, std::span<const std::byte> sealed,
                     std::span<std::byte> text) {
  if (sealed.size() < kAgeTag) return false;
  EVP_CIPHER_CTX* context = state_->context;
  state_->Begin(index, last, false);
  const std::size_t bytes = sealed.size() - kAgeTag;
  std::array<unsigned char, kAgeTag> tag{};
  for (std::size_t i = 0; i < kAgeTag; ++i) {
    tag.at(i) = std::to_integer<unsigned char>(sealed[bytes + i]);
  }
  Must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAgeTag, tag.data()));
  int size = 0;
  if (bytes > 0) {
    Must(EVP_DecryptUpdate(context, Raw(text), &size, Raw(sealed), static_cast<int>(bytes)));
  }
  std::array<unsigned char, kAgeTag> none{};
  return EVP_DecryptFinal_ex(context, none.data(), &size) == 1;
}

AgeCipher PayloadCipher(std::string_view file_key, std::string_view nonce) {
  return AgeCipher(HkdfSha256(file_key, nonce, "payload"));
}

}  // namespace kdumpd
