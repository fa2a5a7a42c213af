// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/upload_journal.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

const UploadMark kMark{64, 4711, 1 << 20, 1'700'000'000, 5};
const UploadPlan kPlan{kMark, 1 << 20, 5 << 20, "", "", "", ""};

UploadPlan Sealed() {
  UploadPlan plan = kPlan;
  plan.age_header = "age-encryption.org/v1\n-> X25519 a b\n--- c\n";
  plan.file_key = std::string("0123456789abcde\0", 16);
  plan.nonce = "fedcba9876543210";
  plan.recipients = "age1a,age1b";
  return plan;
}

TEST(UploadJournal, RemembersEachStep) {
  const StoredObject stored{UploadProof::kEtag, 1, 2, "aa", "bb", "cc-2", 99};
  const std::string text =
      Cat(PlanLine("vmcore.age", Sealed(), 7), UploadIdLine("vmcore.age", "id 1"),
          PartLine("vmcore.age", 1, {5, "e1", "s1"}), PartLine("vmcore.age", 2, {6, "e2", "s2"}),
          SentLine("vmcore.age", 11, 8), StoredLine("report.json", stored));
  const UploadJournal journal = ParseUploadJournal(text);
  const ObjectJournal* dump = journal.Find("vmcore.age");
  ASSERT_NE(dump, nullptr);
  EXPECT_EQ(dump->plan, Sealed());
  EXPECT_EQ(dump->begun_at, 7);
  EXPECT_EQ(dump->upload_id, "id 1");
  ASSERT_EQ(dump->parts.size(), 2u);
  EXPECT_EQ(dump->parts.at(2).etag, "e2");
  EXPECT_EQ(dump->sent, 11u);
  EXPECT_EQ(journal.Find("report.json")->stored, stored);
  EXPECT_EQ(journal.Find("vmcore"), nullptr);
}

TEST(UploadJournal, ARestartMakesAllOfItVoid) {
  const UploadJournal journal = ParseUploadJournal(
      Cat(PlanLine("vmcore", kPlan, 7), UploadIdLine("vmcore", "one"),
          PartLine("vmcore", 1, {5, "e1", "s1"}), RestartLine("vmcore", "changed"),
          PlanLine("vmcore", kPlan, 8), UploadIdLine("vmcore", "two"),
          UploadIdLine("vmcore", "three"), AbortedLine("vmcore", "one")));
  const ObjectJournal* dump = journal.Find("vmcore");
  ASSERT_NE(dump, nullptr);
  EXPECT_EQ(dump->restarted, "changed");
  EXPECT_EQ(dump->upload_id, "three");
  EXPECT_TRUE(dump->parts.empty());
  EXPECT_EQ(dump->stale_uploads, std::vector<std::string>{"two"});
  EXPECT_FALSE(dump->stored);
}

// Wherever the power goes, a beginning of the text is there.
TEST(UploadJournal, ALineThatWasCutOffDidNotHappen) {
  const std::string whole = Cat(PlanLine("vmcore", kPlan, 7), UploadIdLine("vmcore", "one"));
  const std::string text = whole + PartLine("vmcore", 1, {5, "e1", "s1"});
  for (std::size_t size = whole.size(); size < text.size(); ++size) {
    UploadJournal journal;
    EXPECT_EQ(AddToJournal(std::string_view(text).substr(0, size), journal), whole.size()) << size;
    EXPECT_TRUE(journal.Find("vmcore")->parts.empty());
  }
}

TEST(UploadJournal, BelievesNothingAfterNonsense) {
  const std::string good = PlanLine("vmcore", kPlan, 7);
  for (const std::string_view bad :
       {"vmcore part number=0 bytes=1 etag=a sha256=b\n", "vmcore part number=10001 bytes=1\n",
        "vmcore part number=x bytes=1\n", "vmcore dance\n", "../etc plan stored=1 part=0\n",
        "vmcore plan stored=1 part=0 key=short\n", "other upload id=a\n",
        "vmcore stored proof=none\n", "vmcore\n", "\n"}) {
    UploadJournal journal;
    const std::string text = Cat(good, bad, UploadIdLine("vmcore", "one"));
    EXPECT_EQ(AddToJournal(text, journal), good.size()) << bad;
    EXPECT_EQ(journal.Find("vmcore")->upload_id, "") << bad;
    EXPECT_EQ(journal.Find("other"), nullptr);
  }
}

TEST(UploadJournal, TenThousandPartsFit) {
  std::string text = PlanLine("vmcore", kPlan, 7) + UploadIdLine("vmcore", std::string(200, 'u'));
  for (std::uint32_t i = 1; i <= 10'000; ++i) {
    text +=
        PartLine("vmcore", i, {std::uint64_t{5} << 30, std::string(32, 'a'), std::string(64, 'b')});
  }
  EXPECT_LT(text.size(), kMostJournalBytes / 2);
  EXPECT_EQ(ParseUploadJournal(text).Find("vmcore")->parts.size(), 10'000u);
}

}  // namespace
}  // namespace kdumpd
