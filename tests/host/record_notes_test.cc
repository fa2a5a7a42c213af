// SPDX-License-Identifier: Apache-2.0
// What others leave beside a record, and records of before there was retention.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/record_json.h"
#include "daemon/host/record_store.h"
#include "tests/support/process.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

class RecordNotesTest : public testing::Test {
 protected:
  RecordNotesTest() {
    record_.id = CrashId("machine", "d", 1'700'000'000);
    record_.directory = "d";
    record_.vmcore = "vmcore";
    auto store = RecordStore::Open(state_.get());
    EXPECT_TRUE(store && store->Write(record_, R"({"a":1})"));
  }
  [[nodiscard]] RecordStore Peek() const { return RecordStore::Peek(tree_.path()).value(); }
  [[nodiscard]] std::string File(std::string_view end) const {
    return Cat(tree_.path(), "/crashes/", record_.id, end);
  }

  const Tree tree_{""};
  UniqueFd state_{open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  CrashRecord record_;
};

TEST_F(RecordNotesTest, WhoPeeksSeesThemAndTheWriterTakesThem) {
  ASSERT_TRUE(Peek().Acknowledge(record_.id, "hand", 5));
  ASSERT_TRUE(Peek().NotePruned(record_.id, 7));
  CrashRecord want = record_;
  want.acknowledged_at = 5;
  want.acknowledged_by = "hand";
  want.pruned_at = want.gone_at = 7;
  EXPECT_EQ(*Peek().Find(record_.id), want);
  EXPECT_TRUE(fs::exists(File(".ack")) && fs::exists(File(".pruned"))) << "who peeks takes nothing";
  auto store = RecordStore::Open(state_.get());
  ASSERT_TRUE(store);
  EXPECT_EQ(*store->Find(record_.id), record_);
  EXPECT_TRUE(store->TakeAcknowledgements().value());
  EXPECT_EQ(*store->Find(record_.id), want);
  EXPECT_FALSE(store->TakeAcknowledgements().value());
  EXPECT_FALSE(fs::exists(File(".ack")) || fs::exists(File(".pruned")));
  EXPECT_EQ(*Peek().Find(record_.id), want) << "on disk";
  EXPECT_EQ(Peek().Report(record_.id).value_or(""), R"({"a":1})");
}

TEST_F(RecordNotesTest, WhatHasHappenedBeforeStays) {
  auto store = RecordStore::Open(state_.get());
  ASSERT_TRUE(store);
  record_.acknowledged_at = 3;
  record_.acknowledged_by = "age";
  record_.gone_at = 4;
  ASSERT_TRUE(store->Write(record_));
  ASSERT_TRUE(Peek().Acknowledge(record_.id, "hand", 2));
  ASSERT_TRUE(Peek().NotePruned(record_.id, 7));
  ASSERT_TRUE(store->TakeAcknowledgements());
  record_.pruned_at = 7;
  EXPECT_EQ(*store->Find(record_.id), record_);
}

// A second is long: one was asked for, sent, and is asked for again. And the clock may be set back.
TEST_F(RecordNotesTest, EachRequestToSendIsOneOfItsOwn) {
  auto store = RecordStore::Open(state_.get());
  ASSERT_TRUE(store);
  for (const std::int64_t now : {1'800'000'000, 1'800'000'000, 1'700'000'000}) {
    const auto asked = Peek().AskForUpload(record_.id, {"lab"}, now);
    ASSERT_TRUE(asked);
    EXPECT_EQ(Peek().Find(record_.id)->uploads.at("lab").state, UploadState::kQueued);
    ASSERT_TRUE(store->TakeAcknowledgements());
    CrashRecord record = *store->Find(record_.id);
    EXPECT_EQ(record.uploads["lab"].queued_at, *asked);
    EXPECT_EQ(record.uploads["lab"].state, UploadState::kQueued) << now;
    record.uploads["lab"].state = UploadState::kVerified;
    ASSERT_TRUE(store->Write(record));
  }
}

TEST_F(RecordNotesTest, ARequestThatWasTakenIsNotTakenAgain) {
  auto store = RecordStore::Open(state_.get());
  ASSERT_TRUE(store && Peek().AskForUpload(record_.id, {"lab"}, 5));
  const std::string note = FileText(File(".send"));
  ASSERT_TRUE(store->TakeAcknowledgements());
  CrashRecord record = *store->Find(record_.id);
  record.uploads["lab"].state = UploadState::kVerified;
  ASSERT_TRUE(store->Write(record));
  tree_.Write(Cat("crashes/", record_.id, ".send"), note);  // killed before it was removed
  ASSERT_TRUE(store->TakeAcknowledgements());
  EXPECT_EQ(store->Find(record_.id)->uploads.at("lab").state, UploadState::kVerified);
  EXPECT_FALSE(fs::exists(File(".send")));
}

TEST_F(RecordNotesTest, WhatIsNoNoteChangesNothing) {
  for (const char* text :
       {"", "x hand\n", "5", "99999999999999999999 hand\n", "18446744073709551615 hand\n"}) {
    tree_.Write(Cat("crashes/", record_.id, ".ack"), text);
    tree_.Write(Cat("crashes/", record_.id, ".pruned"), text);
    EXPECT_EQ(*Peek().Find(record_.id), record_) << text;
    auto store = RecordStore::Open(state_.get());
    ASSERT_TRUE(store);
    EXPECT_FALSE(store->TakeAcknowledgements().value()) << text;
    EXPECT_EQ(*store->Find(record_.id), record_) << text;
  }
  tree_.Write("crashes/20260101t000000z-0000000000000000.ack", "5 hand\n");
  tree_.Link("/etc/passwd", Cat("crashes/", record_.id, ".ack"));
  EXPECT_EQ(*Peek().Find(record_.id), record_);
}

TEST_F(RecordNotesTest, ForCrashesOnRecordOnly) {
  for (const char* id : {"20260101t000000z-0000000000000000", "../../etc/passwd", ""}) {
    EXPECT_EQ(Peek().NotePruned(id, 5).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(Peek().Acknowledge(id, "hand", 5).error().code, ErrorCode::kNotFound);
  }
}

// Of a historic dump there is no record yet: the note waits for whoever makes it.
TEST_F(RecordNotesTest, WhatIsAskedForBeforeThereIsARecord) {
  for (const char* id : {"../../etc/passwd", "", "20260101t000000z"}) {
    EXPECT_EQ(Peek().AskForUpload(id, {"share"}, 5).error().code, ErrorCode::kInvalid) << id;
  }
  auto store = RecordStore::Open(state_.get());
  ASSERT_TRUE(store);
  CrashRecord late = record_;
  late.id = CrashId("machine", "late", 1'700'000'000);
  const std::string note = Cat(tree_.path(), "/crashes/", late.id, ".send");
  ASSERT_TRUE(Peek().AskForUpload(record_.id, {"share"}, 5));
  ASSERT_TRUE(Peek().AskForUpload(late.id, {"share"}, 5));
  EXPECT_TRUE(store->TakeAcknowledgements().value());
  EXPECT_EQ(store->asked(), std::vector{late.id}) << "the other has a record";
  EXPECT_EQ(store->Find(late.id), nullptr) << "a note is no record";
  EXPECT_TRUE(fs::exists(note));
  ASSERT_TRUE(store->Write(late));
  EXPECT_TRUE(store->TakeAcknowledgements().value());
  EXPECT_TRUE(store->asked().empty());
  EXPECT_FALSE(fs::exists(note));
  EXPECT_TRUE(store->Find(late.id)->uploads.at("share").asked);
}

TEST_F(RecordNotesTest, NoMoreIsAskedForAtOnceThanCanBeTaken) {
  for (int i = 0; i < 100; ++i) {
    const std::string id = CrashId("machine", std::to_string(i), 1'700'000'000);
    tree_.Write(Cat("crashes/", id, ".send"), "5 share\n");
  }
  tree_.Write("crashes/..send", "5 share\n");
  tree_.Write("crashes/20260101t000000z-0000000000000000.ack", "5 hand\n");
  auto store = RecordStore::Open(state_.get());
  ASSERT_TRUE(store);
  for (int look = 0; look < 2; ++look) {
    EXPECT_FALSE(store->TakeAcknowledgements().value());
    EXPECT_EQ(store->asked().size(), 64U);
  }
}

// Each waits for the disk, and the daemon's loop with it.
TEST_F(RecordNotesTest, ManyAreTakenSomeAtATime) {
  auto store = RecordStore::Open(state_.get());
  ASSERT_TRUE(store);
  for (int i = 0; i < 100; ++i) {
    record_.id = CrashId("machine", std::to_string(i), 1'700'000'000);
    ASSERT_TRUE(store->Write(record_));
    ASSERT_TRUE(store->Acknowledge(record_.id, "hand", 5));
  }
  const auto open = [&] { return std::ranges::count_if(store->records(), IsUnacknowledged); };
  ASSERT_TRUE(store->TakeAcknowledgements().value());
  EXPECT_EQ(open(), 101 - 64);
  ASSERT_TRUE(store->TakeAcknowledgements().value());
  EXPECT_EQ(open(), 1) << "whom nobody has acknowledged";
  EXPECT_FALSE(store->TakeAcknowledgements().value());
}

TEST_F(RecordNotesTest, NoStateDirectoryIsNotFound) {
  const auto none = RecordStore::Peek(tree_.path() + "/nowhere");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  fs::remove_all(tree_.path() + "/crashes");
  EXPECT_EQ(RecordStore::Peek(tree_.path()).error().code, ErrorCode::kNotFound);
}

TEST(RecordJson, ARecordOfBeforeRetention) {
  CrashRecord record;
  record.id = CrashId("machine", "d", 1'700'000'000);
  std::string text = RecordJson(record, "");
  for (const std::string field : {",\n \"pruned_at\": 0", ",\n \"historic\": false"}) {
    ASSERT_NE(text.find(field), std::string::npos) << text;
    text.erase(text.find(field), field.size());
  }
  EXPECT_EQ(ParseRecord(text).record, record);
  record.pruned_at = 9;
  EXPECT_EQ(ParseRecord(RecordJson(record, "")).record, record);
}

}  // namespace
}  // namespace kdumpd
