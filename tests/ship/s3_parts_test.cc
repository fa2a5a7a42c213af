// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_parts.h"

#include <gtest/gtest.h>

#include <limits>

#include "daemon/ship/digest.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20, kGiB = 1ULL << 30, kTiB = 1ULL << 40;

TEST(S3Parts, AreAsLargeAsTheyHaveToBe) {
  struct Row {
    std::uint64_t bytes, part_bytes;
    std::uint32_t most_parts;
    std::uint64_t expected;
  };
  const std::vector<Row> rows{
      // In one piece.
      {0, 0, 10'000, 0},
      {1, 0, 10'000, 0},
      {16 * kMiB, 0, 10'000, 0},
      {16 * kMiB + 1, 0, 10'000, 16 * kMiB},
      {5 * kGiB, 5 * kGiB, 1, 0},
      {300 * kMiB, 0, 1, 0},
      // What is preferred, until there are too many.
      {160'000 * kMiB, 0, 10'000, 16 * kMiB},
      {160'000 * kMiB + 1, 0, 10'000, 17 * kMiB},
      {kTiB, 0, 10'000, 105 * kMiB},
      {kTiB, 0, 1'000, 1'049 * kMiB},
      {kTiB, 2'000 * kMiB, 1'000, 2'000 * kMiB},
      {5 * kTiB, 0, 10'000, 525 * kMiB},
      {5 * kTiB, 0, 1'024, 5 * kGiB},
      {kTiB, 0, 4'000'000'000, 105 * kMiB},  // no server has more than 10,000
      // What is configured, within what S3 allows, in whole MiB.
      {kGiB, 1, 10'000, 5 * kMiB},
      {kGiB, 5 * kMiB, 10'000, 5 * kMiB},
      {kGiB, 5 * kMiB + 1, 10'000, 6 * kMiB},
      {kTiB, 9 * kGiB, 10'000, 5 * kGiB},
  };
  for (const Row& row : rows) {
    UploadTarget target;
    target.part_bytes = row.part_bytes;
    target.most_parts = row.most_parts;
    const auto part = S3PartBytes(row.bytes, target);
    ASSERT_TRUE(part) << row.bytes << ": " << part.error().message;
    EXPECT_EQ(*part, row.expected) << row.bytes;
    EXPECT_LE(PartCount(row.bytes, *part), row.most_parts) << row.bytes;
  }
}

TEST(S3Parts, SayWhatDoesNotFit) {
  struct Row {
    std::uint64_t bytes;
    std::uint32_t most_parts;
    UploadProblem problem;
  };
  const std::vector<Row> rows{
      {5 * kTiB + 1, 10'000, UploadProblem::kRefused},
      {10'000 * (5 * kGiB) + 1, 10'000, UploadProblem::kRefused},  // 48.8 TiB
      {std::numeric_limits<std::uint64_t>::max(), 10'000, UploadProblem::kRefused},
      {5 * kTiB, 1'023, UploadProblem::kConfig},
      {5 * kGiB + 1, 1, UploadProblem::kConfig},
      {1, 0, UploadProblem::kConfig},
  };
  for (const Row& row : rows) {
    UploadTarget target;
    target.most_parts = row.most_parts;
    const auto part = S3PartBytes(row.bytes, target);
    ASSERT_FALSE(part) << row.bytes;
    EXPECT_EQ(Name(part.error().problem), Name(row.problem)) << row.bytes;
  }
}

TEST(S3Parts, AreCounted) {
  EXPECT_EQ(PartCount(0, 10), 1);
  EXPECT_EQ(PartCount(10, 0), 1);
  EXPECT_EQ(PartCount(10, 10), 1);
  EXPECT_EQ(PartCount(11, 10), 2);
  EXPECT_EQ(PartCount(std::numeric_limits<std::uint64_t>::max(), 1), ~0U);
}

// printf '%s' a | md5sum, and so on; then the MD5 of both digests' bytes.
TEST(S3Parts, MakeTheEtagOfTheWhole) {
  const std::string a = "0cc175b9c0f1b6a831c399e269772661";
  const std::string b = "92eb5ffee6ae2fec3ad71c777531578f";
  EXPECT_EQ(MultipartEtag({a, b}), "96e024ba2074fe77e8e965ba43a704be-2");
  EXPECT_EQ(EtagOf(*TextSource("ab"), 1).value(), MultipartEtag({a, b}));
  EXPECT_EQ(EtagOf(*TextSource("a"), 0).value(), a);
  EXPECT_EQ(EtagOf(*TextSource(""), 0).value(), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(FromHex("00ff7a"), std::string("\0\xffz", 3));
  const auto sums = SumPiece(*TextSource("xab"), 1, 1);
  EXPECT_EQ(sums->md5, a);
  EXPECT_EQ(sums->sha256, Hex(Sha256("a")));
}

// Side by side or one after the other, the digests are the same; how many are read at once depends
// on their size.
TEST(S3Parts, AreSummedSideBySide) {
  struct Row {
    std::uint64_t bytes, each, offset;
    std::size_t at_once;
  };
  const std::vector<Row> rows{
      {9 * kMiB, kMiB, 0, 8},
      {9 * kMiB + 5, kMiB, 8 * kMiB, 1},
      {5 * kMiB, kMiB, 2 * kMiB, 3},
      {5 * kMiB, kMiB, 3 * kMiB, 1},
      {3 * kMiB - 1, kMiB, 0, 1},
      {8 * 1000, 1000, 0, 1},
      {130 * kMiB, 43 * kMiB, 0, 1},
      {128 * kMiB, 42 * kMiB, 0, 3},
      {9 * kMiB + 5, kMiB, 9 * kMiB, 1},
  };
  for (const Row& row : rows) {
    std::string text(row.bytes, '\0');
    for (std::size_t i = 0; i < text.size(); i += 1'021) text[i] = static_cast<char>(i / 7 + i);
    const auto source = TextSource(text);
    const auto sums = SumPieces(*source, row.offset, row.each);
    ASSERT_TRUE(sums) << sums.error().message;
    EXPECT_EQ(sums->size(), row.at_once) << row.bytes << " in pieces of " << row.each;
    for (std::size_t i = 0; i < sums->size(); ++i) {
      const std::string_view piece =
          std::string_view(text).substr(row.offset + i * row.each, row.each);
      EXPECT_EQ((*sums)[i].md5, Hex(Md5(piece))) << i << " of " << row.bytes;
      EXPECT_EQ((*sums)[i].sha256, Hex(Sha256(piece))) << i << " of " << row.bytes;
    }
  }
}

TEST(S3Parts, KnowAnMd5ByItsLook) {
  EXPECT_TRUE(LooksLikeMd5("0cc175b9c0f1b6a831c399e269772661"));
  for (const char* other :
       {"", "0cc175b9c0f1b6a831c399e26977266", "0cc175b9c0f1b6a831c399e269772661-2",
        "0cc175b9c0f1b6a831c399e2697726 1", "0CC175B9C0F1B6A831C399E269772661"}) {
    EXPECT_FALSE(LooksLikeMd5(other)) << other;
  }
}

}  // namespace
}  // namespace kdumpd
