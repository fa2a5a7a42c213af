// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/age_recipient.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

// Of age-keygen 1.1.1, for this test alone.
const std::string kRecipient = "age18zj2w3wt0fghjp0k58ccs8x53nx72f8s0uy8d3pm5034ff6awcpsxmtwk9";
const std::string kIdentity =
    "AGE-SECRET-KEY-1DD7Q9CL88HNUS3HSRZX03XTLWVRJ3GUK7GF8GQDY7E8EVMU4ACMQC8T080";

std::string Changed(std::string text, std::size_t at, char to) {
  EXPECT_NE(text.at(at), to);
  text.at(at) = to;
  return text;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

TEST(AgeRecipientTest, WhatAgeKeygenWrites) {
  const auto recipient = ParseAgeRecipient(kRecipient);
  ASSERT_TRUE(recipient) << recipient.error();
  EXPECT_EQ(recipient->at(0), 0x38);  // 5-bit groups 7, 2, ...: 00111 000(10)
  EXPECT_TRUE(IsRecipient(kRecipient));
  EXPECT_TRUE(ParseAgeIdentity(kIdentity));
}

TEST(AgeRecipientTest, NearMissesSayWhyNot) {
  struct Row {
    const char* what;
    std::string text;
    std::string_view why;
  };
  const Row rows[] = {
      {"nothing", "", "does not begin"},
      {"no separator", "age", "does not begin"},
      {"only a prefix", "age1", "too short"},
      {"an SSH key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB", "does not begin"},
      {"a plugin's", "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
       "does not begin"},
      {"an identity", kIdentity, "a secret key"},
      {"one letter short", kRecipient.substr(0, 61), "checksum"},
      {"one letter long", kRecipient + "q", "checksum"},
      {"one letter changed", Changed(kRecipient, 30, 'q'), "checksum"},
      {"its last letter changed", Changed(kRecipient, 61, 'q'), "checksum"},
      {"a letter that Bech32 lacks", Changed(kRecipient, 30, 'b'), "no key has"},
      {"a blank behind", kRecipient + " ", "no key has"},
      {"a line end behind", kRecipient + "\n", "no key has"},
      {"one capital", Changed(kRecipient, 30, 'A'), "mixes"},
      {"all capitals", Upper(kRecipient), "does not begin"},
      {"endless", "age1" + std::string(100'000, 'q'), "too long"},
      // BIP 173's own vectors: valid, of another kind or length.
      {"BIP 173", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "does not begin"},
      {"BIP 173, empty", "a12uel5l", "does not begin"},
  };
  for (const Row& row : rows) {
    const auto key = ParseAgeRecipient(row.text);
    ASSERT_FALSE(key) << row.what;
    EXPECT_TRUE(key.error().contains(row.why)) << row.what << ": " << key.error();
    EXPECT_FALSE(IsRecipient(row.text)) << row.what;
  }
}

TEST(AgeRecipientTest, IdentitiesAreInCapitalsAndNeverRepeated) {
  for (const std::string& text : {Lower(kIdentity), kRecipient, Changed(kIdentity, 40, 'Q'),
                                  kIdentity.substr(1), kIdentity.substr(0, 70)}) {
    const auto key = ParseAgeIdentity(text);
    ASSERT_FALSE(key) << text;
    EXPECT_FALSE(key.error().contains(text.substr(20, 20)));
  }
}

// A checksum that holds over 31 or 33 bytes, or over bits that are left over, does not make a key.
TEST(AgeRecipientTest, OtherLengthsAndBitsLeftOver) {
  struct Row {
    std::string_view text, why;
  };
  const Row rows[] = {
      {"age1pppppppppppppppppppppppppppppppppppppppppppppppppp9cgrhl", "50 characters"},
      {"age1pppppppppppppppppppppppppppppppppppppppppppppppppppppztfuf3", "53 characters"},
      {"age19l388n", "0 characters"},
      {"age1ppppppppppppppppppppppppppppppppppppppppppppppppppppt06vn9", "last bits"},
  };
  for (const Row& row : rows) {
    const auto key = ParseAgeRecipient(row.text);
    ASSERT_FALSE(key) << row.text;
    EXPECT_TRUE(key.error().contains(row.why)) << key.error();
  }
}

}  // namespace
}  // namespace kdumpd
