// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/ship/age_crypto.h"
#include "daemon/ship/age_header.h"
#include "daemon/ship/digest.h"
#include "tests/support/age_files.h"
#include "tests/support/peak_memory.h"

// Encrypted files that somebody has changed. What we refuse, age refuses too; what we have written
// by then is a true beginning of the file.
namespace kdumpd {
namespace {

constexpr std::size_t kSealedChunk = kAgeChunk + kAgeTag;

class AgeHostileTest : public ::testing::Test {
 protected:
  // Three chunks and a bit.
  AgeHostileTest() : text_(Noise(3 * kAgeChunk + 100)), planned_(PlanFile(tree_, text_)) {
    sealed_ = Sealed(planned_);
    payload_ = planned_.plan.age_header.size();
    chunks_ = payload_ + kAgeKeyBytes;
  }
  [[nodiscard]] std::string Flipped(std::size_t at) const {
    std::string changed = sealed_;
    changed.at(at) = static_cast<char>(changed.at(at) ^ 1);
    return changed;
  }
  [[nodiscard]] std::string Chunk(std::size_t index) const {
    return sealed_.substr(chunks_ + index * kSealedChunk, kSealedChunk);
  }
  [[nodiscard]] std::string WithChunks(std::initializer_list<std::size_t> order) const {
    std::string changed = sealed_.substr(0, chunks_);
    for (const std::size_t index : order) changed += Chunk(index);
    return changed;
  }

  TemporaryTree tree_;
  std::string text_;
  Planned planned_;
  std::string sealed_;
  std::size_t payload_, chunks_;  // where they begin
};

struct Change {
  std::string_view what;
  std::string sealed;
  std::string_view says;
  std::size_t whole_chunks;  // that are written nevertheless
};

TEST_F(AgeHostileTest, IsRefusedByUsAndByAge) {
  const std::size_t all = sealed_.size();
  std::string mac = sealed_;
  mac.at(payload_ - 10) = mac.at(payload_ - 10) == 'A' ? 'B' : 'A';
  const Change changes[] = {
      {"empty", "", "it is empty", 0},
      {"no age", text_, "it is not encrypted with age", 0},
      {"version 2", "age-encryption.org/v2" + sealed_.substr(21), "another version than v1", 0},
      {"half a version", sealed_.substr(0, 10), "header is damaged: it is cut off", 0},
      {"half a header", sealed_.substr(0, payload_ - 1), "header is damaged: it is cut off", 0},
      {"its MAC", mac, "its MAC is not of this header", 0},
      {"only a header", sealed_.substr(0, payload_), "cut off behind its header", 0},
      {"half a nonce", sealed_.substr(0, payload_ + 8), "cut off behind its header", 0},
      {"only a nonce", sealed_.substr(0, chunks_), "cut off within a chunk", 0},
      {"its nonce", Flipped(payload_), "damaged or reordered in chunk 1 ", 0},
      {"first byte", Flipped(chunks_), "damaged or reordered in chunk 1 ", 0},
      {"first tag", Flipped(chunks_ + kAgeChunk), "damaged or reordered in chunk 1 ", 0},
      {"second chunk", Flipped(chunks_ + kSealedChunk + 9), "reordered in chunk 2 ", 1},
      {"last byte", Flipped(all - 1), "damaged or reordered in chunk 4 ", 3},
      {"two changed places", WithChunks({0, 2, 1, 3}), "reordered in chunk 2 ", 1},
      {"the last first", WithChunks({3, 0, 1, 2}), "reordered in chunk 1 ", 0},
      {"one is missing", WithChunks({0, 2, 3}), "reordered in chunk 2 ", 1},
      {"one comes twice", WithChunks({0, 1, 1, 2, 3}), "reordered in chunk 3 ", 2},
      {"cut at a chunk's border", WithChunks({0, 1, 2}), "cut off after 3 chunks", 2},
      {"cut after the first", WithChunks({0}), "cut off after 1 chunks", 0},
      {"cut within a chunk", sealed_.substr(0, all - 200 - kAgeTag), "reordered in chunk 3 ", 2},
      {"cut by one byte", sealed_.substr(0, all - 1), "reordered in chunk 4 ", 3},
      {"all but a tag", sealed_.substr(0, all - 101), "cut off within a chunk", 3},
      {"a byte more", sealed_ + 'x', "reordered in chunk 4 ", 3},
      {"a chunk more", sealed_ + Chunk(0), "reordered in chunk 4 ", 3},
      {"its end twice", sealed_ + Chunk(3), "reordered in chunk 4 ", 3},
  };
  for (const Change& change : changes) {
    SCOPED_TRACE(change.what);
    const OpenedByUs ours = OpenByUs(change.sealed);
    ASSERT_TRUE(ours.error);
    EXPECT_EQ(ours.error->problem, UploadProblem::kMismatch);
    EXPECT_TRUE(ours.error->message.contains(change.says)) << ours.error->message;
    EXPECT_TRUE(ours.text == text_.substr(0, change.whole_chunks * kAgeChunk)) << ours.text.size();
    EXPECT_FALSE(OpenByAge(tree_, change.sealed));
  }
}

// Of a file whose last chunk is full.
TEST_F(AgeHostileTest, WhatFollowsAFullLastChunk) {
  const std::string noise = Noise(kAgeChunk);
  const Planned planned = PlanFile(tree_, noise);
  const std::string sealed = Sealed(planned);
  AgeCipher cipher = PayloadCipher(planned.plan.file_key, planned.plan.nonce);
  std::string empty(kAgeTag, '\0'), unfinished = sealed.substr(0, sealed.size() - kSealedChunk);
  cipher.Seal(1, true, {}, std::as_writable_bytes(std::span(empty)));
  std::string chunk(kSealedChunk, '\0');
  cipher.Seal(0, false, std::as_bytes(std::span(noise)), std::as_writable_bytes(std::span(chunk)));
  const Change changes[] = {
      {"a byte", sealed + 'x', "something follows its end", 0},
      {"an empty last chunk", unfinished + chunk + empty, "an empty chunk at its end", 1},
      {"no last chunk", unfinished + chunk, "cut off after 1 chunks", 0},
  };
  for (const Change& change : changes) {
    SCOPED_TRACE(change.what);
    const OpenedByUs ours = OpenByUs(change.sealed);
    ASSERT_TRUE(ours.error);
    EXPECT_TRUE(ours.error->message.contains(change.says)) << ours.error->message;
    EXPECT_EQ(ours.text.size(), change.whole_chunks * kAgeChunk);
    EXPECT_FALSE(OpenByAge(tree_, change.sealed));
  }
}

// Headers with a true MAC, so that only their form decides.
TEST_F(AgeHostileTest, TheFormOfAHeaderAsAgeReadsIt) {
  const std::string version = "age-encryption.org/v1\n";
  const std::string& good = planned_.plan.age_header;
  const std::string stanza =
      good.substr(version.size(), good.find("---") - version.size());  // two lines
  const std::string share = stanza.substr(10, 43);
  const std::string body = stanza.substr(54, 43);
  const std::string long_line(64, 'A');
  struct Row {
    std::string_view what;
    std::string stanzas;
    bool good = false;
    bool age_reads_it = false;  // we are stricter
  };
  const Row rows[] = {
      {"as it was", stanza, true},
      {"for somebody else too", "-> grease !~ x\n\n" + stanza, true},
      {"a long body", "-> x\n" + long_line + "\n" + long_line + "\nAAAA\n" + stanza, true},
      {"a body that ends with its line", "-> x\n" + long_line + "\n\n" + stanza, true},
      {"nobody", ""},
      {"blank line", "\n" + stanza},
      {"no arguments", "->\n\n" + stanza},
      {"no arguments but a blank", "-> \n\n" + stanza},
      {"an empty argument", "-> x  y\n\n" + stanza},
      {"a blank at the end", "-> x \n\n" + stanza},
      {"a control character", "-> x\x7f\n\n" + stanza},
      {"beyond ASCII", "-> \xc3\xa9\n\n" + stanza},
      {"another arrow", "=> x\n\n" + stanza},
      {"CR LF", "-> x\r\n\r\n" + stanza},
      {"no body", "-> x\n" + stanza},
      {"a line of 65", "-> x\n" + long_line + "A\n" + stanza},
      {"a full line without another", "-> x\n" + long_line + "\n" + stanza},
      {"two short lines", "-> x\nAAAA\nAAAA\n" + stanza},
      {"padding", "-> x\nAA==\n" + stanza},
      {"bits left over", "-> x\nAB\n" + stanza},
      {"one character", "-> x\nA\n" + stanza},
      {"no share", "-> X25519\n" + body + "\n"},
      {"two shares", "-> X25519 " + share + " " + share + "\n" + body + "\n"},
      {"a short share", "-> X25519 " + share.substr(0, 40) + "\n" + body + "\n"},
      {"a share of zeros", "-> X25519 " + std::string(43, 'A') + "\n" + body + "\n"},
      {"a short key", "-> X25519 " + share + "\n" + body.substr(0, 40) + "\n"},
      {"a passphrase too", "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18\n" + body + "\n" + stanza, false,
       true},
      {"a lower-case kind", "-> x25519 " + share + "\n" + body + "\n"},
      {"21 stanzas",
       stanza +
           [] {
             std::string more;
             for (int i = 0; i < 20; ++i) more += "-> x\n\n";
             return more;
           }(),
       false, true},
      {"more than 64 KiB",
       [&] {
         std::string more = "-> x\n";
         for (int i = 0; i < 1100; ++i) more += long_line + "\n";
         return more + "\n";
       }() +
           stanza,
       false, true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    const std::string covered = version + row.stanzas + "---";
    const std::string key = HkdfSha256(planned_.plan.file_key, "", "header");
    const std::string sealed =
        covered + " " + UnpaddedBase64(HmacSha256(key, covered)) + "\n" + sealed_.substr(payload_);
    const OpenedByUs ours = OpenByUs(sealed);
    EXPECT_EQ(!ours.error, row.good) << (ours.error ? ours.error->message : "it was opened");
    EXPECT_TRUE(ours.text == (row.good ? text_ : ""));
    EXPECT_EQ(OpenByAge(tree_, sealed).has_value(), row.good || row.age_reads_it);
  }
}

TEST_F(AgeHostileTest, TheEndOfAHeader) {
  const std::string body = sealed_.substr(0, payload_ - 44);  // without the MAC
  const std::string mac = sealed_.substr(payload_ - 44, 43);
  const std::string rest = sealed_.substr(payload_);
  ASSERT_TRUE(body.ends_with("--- "));
  const std::string shorter = body.substr(0, body.size() - 1);
  for (const std::string& changed :
       {shorter + "\n" + rest, shorter + mac + "\n" + rest, body + " " + mac + "\n" + rest,
        body + mac + " \n" + rest, body + mac + "=\n" + rest,
        body + mac.substr(0, 40) + "\n" + rest, body + mac + "\r\n" + rest, body + mac + rest}) {
    const OpenedByUs ours = OpenByUs(changed);
    ASSERT_TRUE(ours.error);
    EXPECT_EQ(ours.error->problem, UploadProblem::kMismatch);
    EXPECT_EQ(ours.text, "");
    EXPECT_FALSE(OpenByAge(tree_, changed));
  }
}

TEST_F(AgeHostileTest, ArmorAndPassphrasesAreNamed) {
  const OpenedByUs armored = OpenByUs(SealByAge(tree_, "text", {"-a", "-r", kRecipient}));
  ASSERT_TRUE(armored.error);
  EXPECT_TRUE(armored.error->message.contains("armored")) << armored.error->message;

  const std::string passphrase = "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18\n" +
                                 std::string(43, 'A') + "\n--- " + std::string(43, 'A') + "\n";
  const OpenedByUs refused = OpenByUs(passphrase);
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->problem, UploadProblem::kCredentials);
  EXPECT_TRUE(refused.error->message.contains("a passphrase")) << refused.error->message;
}

TEST_F(AgeHostileTest, NeitherWayNeedsMemoryForTheFile) {
  std::filesystem::resize_file(planned_.path, 64 << 20);
  UploadPlan plan = planned_.plan;
  plan.mark = MarkOf(planned_.file.get()).value();
  plan = PlanEncryption(plan, std::vector{kRecipient}).value();
  const std::string path = tree_.path() + "/sealed";
  const UniqueFd out(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const std::uint64_t before = ForgetPeak();
  const auto source = OpenSource(planned_.file.get(), plan).value();
  std::string piece(100'000, '\0');
  for (std::uint64_t at = 0; at < source->bytes(); at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(piece.size(), source->bytes() - at));
    ASSERT_TRUE(source->Read(at, std::as_writable_bytes(std::span(piece))));
    ASSERT_EQ(::write(out.get(), piece.data(), piece.size()), static_cast<ssize_t>(piece.size()));
  }
  ASSERT_TRUE(source->Whole());
  ::lseek(out.get(), 0, SEEK_SET);
  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const auto opened = Decrypt(out.get(), null.get(), std::vector{kIdentity});
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*opened, 64U << 20);
  if (kMemoryIsOurs) {
    EXPECT_LT(PeakKib() - before, 2048U);
  }
}

}  // namespace
}  // namespace kdumpd
