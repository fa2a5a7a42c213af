// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/age.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <random>
#include <set>

#include "daemon/ship/digest.h"
#include "tests/support/age_files.h"

namespace kdumpd {
namespace {

// Thirty-two zeros: RFC 7748's point of low order.
const std::string kLowOrder = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";

constexpr std::size_t kSizes[] = {0, 1, 65'535, 65'536, 65'537, 131'072, (1 << 20) + 17};

TEST(AgeTest, AgeOpensWhatWeSeal) {
  const TemporaryTree tree;
  for (const std::size_t size : kSizes) {
    SCOPED_TRACE(size);
    const std::string text = Noise(size);
    const Planned planned = PlanFile(tree, text);
    const std::string sealed = Sealed(planned);
    EXPECT_EQ(sealed.size(), planned.plan.stored_bytes);
    const auto opened = OpenByAge(tree, sealed);
    ASSERT_TRUE(opened) << FileText(tree.path() + "/age.log");
    EXPECT_TRUE(*opened == text);
    const OpenedByUs ours = OpenByUs(sealed);
    EXPECT_FALSE(ours.error);
    EXPECT_TRUE(ours.text == text);
  }
}

TEST(AgeTest, WeOpenWhatAgeSeals) {
  const TemporaryTree tree;
  for (const std::size_t size : kSizes) {
    SCOPED_TRACE(size);
    const std::string text = Noise(size);
    const OpenedByUs ours =
        OpenByUs(SealByAge(tree, text, {"-r", kOtherRecipient, "-r", kRecipient}));
    EXPECT_FALSE(ours.error) << ours.error->message;
    EXPECT_TRUE(ours.text == text);
  }
}

TEST(AgeTest, EachOfSeveralRecipientsOpensIt) {
  const TemporaryTree tree;
  const std::string sealed = Sealed(PlanFile(tree, "text", {kRecipient, kOtherRecipient}));
  for (const std::string& identity : {kIdentity, kOtherIdentity}) {
    EXPECT_EQ(OpenByAge(tree, sealed, identity), "text");
    EXPECT_EQ(OpenByUs(sealed, {identity}).text, "text");
  }
  EXPECT_EQ(OpenByUs(Sealed(PlanFile(tree, "text")), {kOtherIdentity, kIdentity}).text, "text");
}

TEST(AgeTest, WhoIsNoRecipientOpensNothing) {
  const TemporaryTree tree;
  const std::string sealed = Sealed(PlanFile(tree, "text", {kOtherRecipient}));
  EXPECT_FALSE(OpenByAge(tree, sealed));
  const OpenedByUs ours = OpenByUs(sealed);
  ASSERT_TRUE(ours.error);
  EXPECT_EQ(ours.error->problem, UploadProblem::kCredentials);
  EXPECT_EQ(ours.error->message, "none of the identities opens it: it is for 1 other recipient");
  EXPECT_EQ(ours.text, "");
}

TEST(AgeTest, NoTwoPlansShareAKey) {
  const TemporaryTree tree;
  std::set<std::string> keys, nonces, headers;
  for (int i = 0; i < 20; ++i) {
    const Planned planned = PlanFile(tree, "text");
    EXPECT_EQ(planned.plan.file_key.size(), 16U);
    EXPECT_EQ(planned.plan.nonce.size(), 16U);
    EXPECT_FALSE(planned.plan.age_header.contains(planned.plan.file_key));
    keys.insert(planned.plan.file_key);
    nonces.insert(planned.plan.nonce);
    headers.insert(planned.plan.age_header);
  }
  EXPECT_EQ(keys.size() + nonces.size() + headers.size(), 60U);
}

TEST(AgeTest, TheSameBytesHoweverTheyAreRead) {
  const TemporaryTree tree;
  const Planned planned = PlanFile(tree, Noise((1 << 20) + 17));
  const std::string whole = Sealed(planned);
  std::mt19937 random(7);
  const auto source = planned.Open();
  for (int i = 0; i < 500; ++i) {
    const std::size_t at = random() % whole.size();
    const std::size_t count = random() % std::min<std::size_t>(whole.size() - at, 200'000);
    ASSERT_TRUE(Piece(*source, at, count) == whole.substr(at, count)) << at << ' ' << count;
  }
  // Five processes, each of which goes on where the last ended.
  std::string joined;
  for (int i = 1; i <= 5; ++i) {
    const std::size_t end = i == 5 ? whole.size() : whole.size() / 5 * i + 1000 * i;
    joined += Piece(*planned.Open(), joined.size(), end - joined.size());
  }
  EXPECT_TRUE(joined == whole);
}

TEST(AgeTest, DigestsOfTheWhole) {
  const TemporaryTree tree;
  for (const std::size_t size : kSizes) {
    SCOPED_TRACE(size);
    const std::string text = Noise(size);
    const Planned planned = PlanFile(tree, text);
    const std::string whole = Sealed(planned);
    for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{200}, whole.size() - 1}) {
      const auto source = planned.Open();
      (void)Piece(*source, at, whole.size() - at);  // in its order, or not
      const auto digests = source->Whole();
      ASSERT_TRUE(digests) << digests.error().message;
      EXPECT_EQ(digests->plain_sha256, Hex(Sha256(text)));
      EXPECT_EQ(digests->stored_sha256, Hex(Sha256(whole)));
      EXPECT_EQ(source->Whole()->stored_sha256, digests->stored_sha256);
    }
  }
}

TEST(AgeTest, WhatWasReadInOrderIsNotReadAgain) {
  const TemporaryTree tree;
  const std::string text = Noise(200'000);
  const Planned planned = PlanFile(tree, text);
  const auto source = planned.Open();
  for (std::uint64_t at = 0; at < source->bytes(); at += 1000) {
    (void)Piece(*source, at, std::min<std::uint64_t>(1000, source->bytes() - at));
  }
  std::filesystem::resize_file(planned.path, 0);
  const auto digests = source->Whole();
  ASSERT_TRUE(digests) << digests.error().message;
  EXPECT_EQ(digests->plain_sha256, Hex(Sha256(text)));
}

// Else two texts would be encrypted with the same key and nonce.
TEST(AgeTest, AFileThatChangedIsNotEncrypted) {
  const TemporaryTree tree;
  const Planned planned = PlanFile(tree, Noise(200'000));
  const auto source = planned.Open();
  (void)Piece(*source, 0, 100'000);
  const timespec times[2] = {{0, UTIME_OMIT}, {1, 1}};
  ASSERT_EQ(::utimensat(AT_FDCWD, planned.path.c_str(), times, 0), 0);
  std::string rest(100'000, '\0');
  const auto read = source->Read(100'000, std::as_writable_bytes(std::span(rest)));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().problem, UploadProblem::kChanged);
  EXPECT_EQ(source->Whole().error().problem, UploadProblem::kChanged);
  EXPECT_EQ(OpenSource(planned.file.get(), planned.plan).error().problem, UploadProblem::kChanged);
}

TEST(AgeTest, NobodyReadsBehindTheEnd) {
  const TemporaryTree tree;
  const Planned planned = PlanFile(tree, "text");
  const auto source = planned.Open();
  std::string text(10, '\0');
  const auto to = std::as_writable_bytes(std::span(text));
  EXPECT_FALSE(source->Read(source->bytes() - 9, to));
  EXPECT_FALSE(source->Read(source->bytes() + 1, to));
  EXPECT_FALSE(source->Read(~std::uint64_t{0}, to));
  EXPECT_TRUE(source->Read(source->bytes() - 10, to));
}

TEST(AgeTest, APlanThatContradictsItselfIsRefused) {
  const TemporaryTree tree;
  const Planned planned = PlanFile(tree, "text");
  const std::function<void(UploadPlan&)> changes[] = {
      [](UploadPlan& plan) { plan.file_key.pop_back(); },
      [](UploadPlan& plan) { plan.nonce += 'x'; },
      [](UploadPlan& plan) { plan.stored_bytes += 1; },
      [](UploadPlan& plan) { plan.age_header.clear(); },
  };
  for (const auto& change : changes) {
    UploadPlan plan = planned.plan;
    change(plan);
    const auto source = OpenSource(planned.file.get(), plan);
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().problem, UploadProblem::kState);
  }
}

TEST(AgeTest, RecipientsThatAreNone) {
  struct Row {
    std::vector<std::string> recipients;
    std::string_view says;
  };
  const Row rows[] = {
      {{}, "0 recipients: 1 to 20 were expected"},
      {std::vector<std::string>(21, kRecipient), "21 recipients"},
      {{kRecipient, "age1qqqq"},
       "the recipient \"age1qqqq\" is not an age X25519 recipient: it is"},
      {{"ssh-ed25519 AAAA"}, "\"age1...\" of age-keygen was expected"},
      {{kIdentity}, "a recipient is not an age X25519 recipient: it is a secret key"},
      {{kLowOrder}, "a point that everybody has the key of"},
  };
  for (const Row& row : rows) {
    const auto plan = PlanEncryption({}, row.recipients);
    ASSERT_FALSE(plan) << row.says;
    EXPECT_EQ(plan.error().problem, UploadProblem::kConfig);
    EXPECT_TRUE(plan.error().message.contains(row.says)) << plan.error().message;
    EXPECT_FALSE(plan.error().message.contains(kIdentity.substr(16)));
  }
  EXPECT_TRUE(PlanEncryption({}, std::vector<std::string>(20, kRecipient)));
}

TEST(AgeTest, HowLongAPayloadIs) {
  struct Row {
    std::uint64_t plain, stored;
  };
  const Row rows[] = {{0, 32},
                      {1, 33},
                      {65'536, 65'568},
                      {65'537, 65'585},
                      {131'072, 131'120},
                      {1ULL << 40, (1ULL << 40) + 16 + (1ULL << 28)}};
  for (const Row& row : rows) EXPECT_EQ(AgePayloadBytes(row.plain), row.stored) << row.plain;
}

}  // namespace
}  // namespace kdumpd
