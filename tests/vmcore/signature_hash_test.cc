// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/signature_hash.h"

#include <gtest/gtest.h>

#include "tests/support/sha256.h"

namespace kdumpd {
namespace {

// FIPS 180-2, appendix B: the first eight bytes.
TEST(SignatureHash, IsTheStartOfSha256) {
  EXPECT_EQ(SignatureHash("abc"), "v1-ba7816bf8f01cfea");
  EXPECT_EQ(SignatureHash(""), "v1-e3b0c44298fc1c14");
  EXPECT_EQ(SignatureHash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "v1-248d6a61d20638b8");
}

TEST(SignatureHash, OfEveryLength) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(SignatureHash(text), "v1-" + Sha256::Of(text).substr(0, 16));
    text += static_cast<char>(i);
  }
}

}  // namespace
}  // namespace kdumpd
