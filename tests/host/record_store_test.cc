// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/record_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <sstream>

#include "daemon/core/text.h"
#include "daemon/host/record_json.h"
#include "tests/host/directory_picture.h"
#include "tests/host/temporary_tree.h"
#include "tests/support/as_nobody.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

CrashRecord RecordOf(const std::string& directory, std::int64_t crash_time = 1'795'331'703) {
  CrashRecord record;
  record.id = CrashId("machine", directory, crash_time);
  record.directory = directory;
  record.vmcore = "vmcore";
  record.crash_time = crash_time;
  return record;
}

CrashRecord Acknowledged(CrashRecord record) {
  record.acknowledged_at = 1'795'400'000;
  record.acknowledged_by = "hand";
  return record;
}

class StatePlace {
 public:
  StatePlace() : fd_(open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] fs::path File(const std::string& name) const {
    return fs::path(tree_.path()) / "crashes" / name;
  }
  void Write(const std::string& name, const std::string& text) const {
    tree_.Write("crashes/" + name, text);
  }
  [[nodiscard]] std::map<std::string, std::string> Picture() const { return PictureOf(File("")); }

 private:
  TemporaryTree tree_;
  UniqueFd fd_;
};

using Files = std::map<std::string, std::string>;

const CrashRecord kRecord = RecordOf("a");
const std::string kId = kRecord.id;
const std::string kFile = kId + ".json";
const std::string kOld = RecordJson(kRecord, R"({"old":1})");
const std::string kNew = RecordJson(Acknowledged(kRecord), R"({"old":1})");
const std::string kNote = "1795400000 hand\n";

// What a kill, a power loss, a full disk, a person or another version may leave; then what the
// directory is once it was opened and what others have left was taken.
struct Picture {
  const char* name;
  Files before, after;
  std::vector<CrashRecord> records;
  std::vector<std::string> notes;  // part of each, in any order
  std::function<void(const StatePlace&)> prepare{};
};

CrashRecord Attempted(std::uint32_t attempts) {
  CrashRecord record = kRecord;
  for (std::uint32_t i = 0; i < attempts; ++i) BeginInspection(record, 5);
  return record;
}
CrashRecord Interrupted(std::uint32_t attempts) {
  CrashRecord record = Attempted(attempts);
  AfterRestart(record);
  return record;
}

std::vector<Picture> Pictures() {
  const auto corrupt = [](const char* name, const std::string& text, const char* note) {
    return Picture{name, {{kFile, text}}, {{kFile + ".corrupt", text}}, {}, {note}};
  };
  return {
      {"nothing yet", {}, {}, {}, {}},
      {"as written", {{kFile, kOld}}, {{kFile, kOld}}, {kRecord}, {}},
      {"first write: killed before the rename",
       {{kFile + ".tmp", kOld}},
       {},
       {},
       {"removed an unfinished " + kFile + ".tmp"}},
      {"first write: killed within the file",
       {{kFile + ".tmp", kOld.substr(0, 40)}},
       {},
       {},
       {"removed an unfinished"}},
      {"first write: killed before a byte", {{kFile + ".tmp", ""}}, {}, {}, {"unfinished"}},
      {"change: killed before the rename",
       {{kFile, kOld}, {kFile + ".tmp", kNew}},
       {{kFile, kOld}},
       {kRecord},
       {"removed an unfinished"}},
      {"change: done", {{kFile, kNew}}, {{kFile, kNew}}, {Acknowledged(kRecord)}, {}},
      {"acknowledged: not taken yet",
       {{kFile, kOld}, {kId + ".ack", kNote}},
       {{kFile, kNew}},
       {Acknowledged(kRecord)},
       {}},
      {"acknowledged: killed while it was taken",
       {{kFile, kOld}, {kFile + ".tmp", kNew}, {kId + ".ack", kNote}},
       {{kFile, kNew}},
       {Acknowledged(kRecord)},
       {"removed an unfinished"}},
      {"acknowledged: killed before the note was removed",
       {{kFile, kNew}, {kId + ".ack", kNote}},
       {{kFile, kNew}},
       {Acknowledged(kRecord)},
       {}},
      {"acknowledged: whoever does it may be at it this moment",
       {{kFile, kOld}, {kId + ".ack.tmp", "17"}},
       {{kFile, kOld}, {kId + ".ack.tmp", "17"}},
       {kRecord},
       {}},
      {"acknowledged: no such record", {{kId + ".ack", kNote}}, {{kId + ".ack", kNote}}, {}, {}},
      {"acknowledged: says nothing",
       {{kFile, kOld}, {kId + ".ack", ""}},
       {{kFile, kOld}},
       {kRecord},
       {}},
      {"inspection: killed in the first attempt",
       {{kFile, RecordJson(Attempted(1), "")}},
       {{kFile, RecordJson(Interrupted(1), "")}},
       {Interrupted(1)},
       {}},
      {"inspection: killed in the third attempt",
       {{kFile, RecordJson(Attempted(3), "")}},
       {{kFile, RecordJson(Interrupted(3), "")}},
       {Interrupted(3)},
       {"gave up the inspection of " + kId + " after 3 attempts: interrupted"}},
      corrupt("empty: a power loss on a file system that reorders", "", "it is empty; set aside"),
      corrupt("zeros", std::string(200, '\0'), "does not parse; set aside as"),
      corrupt("cut", kOld.substr(0, kOld.size() / 2), "does not parse"),
      corrupt("no JSON", "x", "does not parse"),
      corrupt("schema 0", R"({"schema_version":0})", "does not parse"),
      corrupt("of another crash", RecordJson(RecordOf("b"), ""), "does not parse"),
      corrupt("larger than any", std::string(600 << 10, ' '), "set aside"),
      {"set aside before",
       {{kFile, "x"}, {kFile + ".corrupt", "older"}},
       {{kFile + ".corrupt", "x"}},
       {},
       {"set aside"}},
      {"newer schema",
       {{kFile, R"({"schema_version":2,"crash":{}})"}},
       {{kFile, R"({"schema_version":2,"crash":{}})"}},
       {},
       {"schema 2, newer than our 1: left untouched"}},
      {"one that is bad beside one that is not",
       {{kFile, kOld}, {RecordOf("b").id + ".json", "x"}},
       {{kFile, kOld}, {RecordOf("b").id + ".json.corrupt", "x"}},
       {kRecord},
       {"set aside"}},
      {"foreign names",
       {{"notes", "mine"}, {"x.json", "{}"}, {"x.tmp", ""}, {kId, ""}, {"A" + kFile, kOld}},
       {{"notes", "mine"}, {"x.json", "{}"}, {"x.tmp", ""}, {kId, ""}, {"A" + kFile, kOld}},
       {},
       {}},
      {"a symbolic link",
       {},
       {{kFile + ".corrupt", "<link>"}},
       {},
       {"set aside"},
       [](const StatePlace& at) { fs::create_symlink("/etc/passwd", at.File(kFile)); }},
      {"a FIFO that nobody writes to",
       {},
       {{kFile + ".corrupt", "<fifo>"}},
       {},
       {"set aside"},
       [](const StatePlace& at) { ASSERT_EQ(mkfifo(at.File(kFile).c_str(), 0600), 0); }},
      {"a directory",
       {},
       {{kFile + ".corrupt", "<directory>"}},
       {},
       {"set aside"},
       [](const StatePlace& at) { fs::create_directory(at.File(kFile)); }},
      {"a note that is a FIFO",
       {{kFile, kOld}},
       {{kFile, kOld}, {kId + ".ack", "<fifo>"}},
       {kRecord},
       {},
       [](const StatePlace& at) { ASSERT_EQ(mkfifo(at.File(kId + ".ack").c_str(), 0600), 0); }},
  };
}

void Prepare(const Picture& row, const StatePlace& at) {
  fs::create_directory(at.File(""));
  for (const auto& [name, text] : row.before) at.Write(name, text);
  if (row.prepare) row.prepare(at);
}

TEST(RecordStoreTest, OpensEveryPicture) {
  for (const Picture& row : Pictures()) {
    const StatePlace at;
    Prepare(row, at);
    auto store = RecordStore::Open(at.fd());
    ASSERT_TRUE(store) << row.name << store.error().message;
    ASSERT_TRUE(store->TakeAcknowledgements()) << row.name;
    EXPECT_EQ(store->records(), row.records) << row.name;
    EXPECT_EQ(at.Picture(), row.after) << row.name;
    ASSERT_EQ(store->Notes().size(), row.notes.size()) << row.name;
    for (std::size_t i = 0; i < row.notes.size(); ++i) {
      EXPECT_NE(store->Notes()[i].find(row.notes[i]), std::string::npos) << store->Notes()[i];
    }
    const auto again = RecordStore::Open(at.fd());
    ASSERT_TRUE(again) << row.name;
    EXPECT_EQ(again->records(), row.records) << row.name << ": the same at the next start";
    EXPECT_EQ(at.Picture(), row.after) << row.name;
  }
}

// After every picture the crash can be recorded, unless the file is not ours.
TEST(RecordStoreTest, WritesAfterEveryPicture) {
  for (const Picture& row : Pictures()) {
    const StatePlace at;
    Prepare(row, at);
    auto store = *RecordStore::Open(at.fd());
    const CrashRecord changed = Acknowledged(kRecord);
    const auto written = store.Write(changed);
    if (std::string_view(row.name) == "newer schema") {
      EXPECT_FALSE(written) << "it would lose what it does not know";
      EXPECT_EQ(at.Picture(), row.after);
      continue;
    }
    ASSERT_TRUE(written) << row.name << written.error().message;
    const auto again = RecordStore::Open(at.fd());
    ASSERT_NE(again->Find(kId), nullptr) << row.name;
    EXPECT_EQ(*again->Find(kId), changed) << row.name;
  }
}

// What lies there now was sealed later: it is not what somebody has acknowledged.
TEST(RecordStoreTest, AnAcknowledgementOfWhatWasThereBefore) {
  const StatePlace place;
  auto store = *RecordStore::Open(place.fd());
  CrashRecord record = kRecord;
  record.sealed_at = 1'795'400'000;
  ASSERT_TRUE(store.Write(record));
  place.Write(record.id + ".ack", "1795399999 hand\n");
  ASSERT_TRUE(store.TakeAcknowledgements());
  EXPECT_TRUE(IsUnacknowledged(*store.Find(record.id)));
  EXPECT_FALSE(fs::exists(place.File(record.id + ".ack")));
  // With a clock that was set back; and once more, for what has changed beside it.
  ASSERT_TRUE(store.Acknowledge(record.id, "hand", 5));
  ASSERT_TRUE(store.TakeAcknowledgements());
  EXPECT_EQ(store.Find(record.id)->acknowledged_at, record.sealed_at);
  ASSERT_TRUE(store.Acknowledge(record.id, "hand", record.sealed_at + 7));
  ASSERT_TRUE(store.TakeAcknowledgements());
  EXPECT_EQ(store.Find(record.id)->acknowledged_at, record.sealed_at + 7);
}

TEST(RecordStoreTest, AnUnfinishedNoteMayBeAnotherNameOfADump) {
  const StatePlace place;
  auto store = *RecordStore::Open(place.fd());
  ASSERT_TRUE(store.Write(kRecord));
  const TemporaryTree dumps;
  dumps.Write("vmcore", "precious");
  fs::create_hard_link(dumps.path() + "/vmcore", place.File(kRecord.id + ".ack.tmp"));
  ASSERT_TRUE(store.Acknowledge(kRecord.id, "hand", 1'795'400'000));
  std::ostringstream text;
  text << std::ifstream(dumps.path() + "/vmcore").rdbuf();
  EXPECT_EQ(text.str(), "precious");
}

TEST(RecordStoreTest, AReportWithoutABottomIsSetAside) {
  const StatePlace place;
  const std::string report =
      "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
  place.Write(kFile, RecordJson(kRecord, report));
  const auto store = RecordStore::Open(place.fd());
  ASSERT_TRUE(store);
  EXPECT_EQ(store->Find(kRecord.id), nullptr);
  EXPECT_EQ(store->Notes().size(), 1U);
  EXPECT_TRUE(fs::exists(place.File(kFile + ".corrupt")));
}

TEST(RecordStoreTest, PeekingChangesNothing) {
  for (const Picture& row : Pictures()) {
    const StatePlace at;
    Prepare(row, at);
    const Files before = at.Picture();
    const auto store = RecordStore::Peek(at.fd());
    ASSERT_TRUE(store) << row.name;
    EXPECT_EQ(at.Picture(), before) << row.name;
    EXPECT_EQ(store->records().size(), row.records.size()) << row.name;
  }
  const StatePlace at;
  at.Write(kFile, RecordJson(Attempted(1), ""));
  const auto store = RecordStore::Peek(at.fd());
  EXPECT_EQ(store->records(), std::vector{Attempted(1)}) << "the daemon is at it";
}

TEST(RecordStoreTest, OneUnreadableFileDoesNotHideTheOthers) {
  const StatePlace at;
  at.Write(kFile, kOld);
  at.Write(RecordOf("b").id + ".json", RecordJson(RecordOf("b"), ""));
  fs::permissions(at.File(kFile), fs::perms::none);
  const fs::path crashes = at.File(kFile).parent_path();
  fs::permissions(crashes, fs::perms::all);
  fs::permissions(crashes.parent_path(), fs::perms::all);
  const AsNobody nobody;
  auto store = RecordStore::Open(at.fd());
  ASSERT_TRUE(store);
  EXPECT_EQ(store->records(), std::vector{RecordOf("b")});
  EXPECT_FALSE(store->Write(kRecord)) << "it may hold more than we know";
}

TEST(RecordStoreTest, NotADirectory) {
  const StatePlace at;
  std::ofstream(fs::path(at.File("")).parent_path()) << "a file";
  EXPECT_FALSE(RecordStore::Open(at.fd()));
  EXPECT_FALSE(RecordStore::Peek(at.fd()));
  const StatePlace none;
  EXPECT_EQ(RecordStore::Peek(none.fd()).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(none.File(""))) << "who peeks makes nothing";
  ASSERT_TRUE(RecordStore::Open(none.fd()));
  struct stat status{};
  ASSERT_EQ(stat(none.File("").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST(RecordStoreTest, TheNewestFirstAndTheReportStays) {
  const StatePlace at;
  auto store = *RecordStore::Open(at.fd());
  const CrashRecord records[] = {RecordOf("b", 20), RecordOf("a", 10), RecordOf("c", 30)};
  for (const CrashRecord& record : records) {
    ASSERT_TRUE(store.Write(record, Cat("{\"of\":\"", record.directory, "\"}")));
  }
  ASSERT_TRUE(store.Write(Acknowledged(records[0])));
  const std::vector<CrashRecord> expected{records[2], Acknowledged(records[0]), records[1]};
  EXPECT_EQ(store.records(), expected);
  EXPECT_EQ(*store.Report(records[0].id), R"({"of":"b"})");
  EXPECT_EQ(RecordStore::Open(at.fd())->records(), expected);
  EXPECT_EQ(store.Report(RecordOf("d").id).error().code, ErrorCode::kNotFound);
  for (const char* id : {"", "../boot", "x"}) {
    EXPECT_FALSE(store.Report(id)) << id;
    CrashRecord record;
    record.id = id;
    EXPECT_FALSE(store.Write(record)) << id;
  }
}

// A writer that is killed at any moment leaves one of the pictures above: the old record or the new
// one, whole, and perhaps a temporary file.
TEST(RecordStoreTest, KilledWhileItWrites) {
  const StatePlace at;
  const CrashRecord changed = Acknowledged(kRecord);
  ASSERT_TRUE(RecordStore::Open(at.fd())->Write(kRecord));
  std::mt19937 random(std::random_device{}());
  int old_ones = 0, new_ones = 0, parts = 0, whole = 0;
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      auto store = *RecordStore::Open(at.fd());
      const std::string report = Cat("{\"x\":\"", std::string(200 << 10, 'x'), "\"}");
      for (bool odd = false;; odd = !odd) (void)store.Write(odd ? kRecord : changed, report);
    }
    usleep(static_cast<useconds_t>(1000 + random() % 6000));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    const Files picture = at.Picture();
    const auto record = ParseRecord(picture.at(kFile)).record;
    ASSERT_TRUE(record) << "round " << round;
    ++(*record == kRecord ? old_ones : new_ones);
    EXPECT_TRUE(*record == kRecord || *record == changed);
    const auto unfinished = picture.find(kFile + ".tmp");
    if (unfinished != picture.end()) {
      ++(ParseRecord(unfinished->second).record ? whole : parts);
    }
    EXPECT_EQ(picture.size(), unfinished == picture.end() ? 1U : 2U);
  }
  std::printf(
      "%d kills: old record %d, new record %d; part of a temporary file %d, a whole one %d\n",
      kRounds, old_ones, new_ones, parts, whole);
  EXPECT_EQ(RecordStore::Open(at.fd())->records().size(), 1U);
  EXPECT_EQ(at.Picture().size(), 1U);
}

// With no room for a byte: the old record stays, in memory and on disk, and no other file.
TEST(RecordStoreTest, AFullDiskLosesNothing) {
  const StatePlace at;
  ASSERT_TRUE(RecordStore::Open(at.fd())->Write(kRecord, R"({"old":1})"));
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 64, .rlim_max = 64};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto store = *RecordStore::Open(at.fd());
    const bool changed = store.Write(Acknowledged(kRecord)).has_value();
    const bool made = store.Write(RecordOf("b")).has_value();
    _exit(!changed && !made && store.records() == std::vector{kRecord} ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(at.Picture(), (Files{{kFile, kOld}}));
}

}  // namespace
}  // namespace kdumpd
