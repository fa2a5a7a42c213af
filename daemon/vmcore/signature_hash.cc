// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/signature_hash.h"

#include <nettle/sha2.h>

#include <array>
#include <cstdint>

namespace kdumpd {

std::string SignatureHash(std::string_view pre_image) {
  constexpr std::size_t kBytes = 8;
  constexpr std::string_view kHex = "0123456789abcdef";
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, pre_image.size(),
                reinterpret_cast<const std::uint8_t*>(pre_image.data()));
  std::array<std::uint8_t, kBytes> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  std::string hash = "v1-";
  for (const std::uint8_t byte : digest) hash += {kHex[byte >> 4U], kHex[byte & 15U]};
  return hash;
}

}  // namespace kdumpd
