// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/drill_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <vector>

#include "tests/host/drill_place.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Files = DrillFiles;
using Place = DrillPlace;

// What a kill, a power loss, a person or another version may leave; then what is there once the
// writer has read it.
struct Picture {
  const char* name;
  Files before, after;
  Drills drills;
  std::vector<std::string> notes{};  // part of each
  std::function<void(const Place&)> prepare{};
};

Picture Corrupt(const char* name, const std::string& file, const std::string& text,
                const char* note) {
  return {name, {{file, text}}, {{file + ".corrupt", text}}, {}, {note}};
}

std::string Without(std::string text, const std::string& what, const std::string& instead) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

std::vector<Picture> Pictures() {
  const Files pending{{kPending, kIntentText}}, history{{kHistory, kHistoryText}};
  return {
      {"nothing", {}, {}, {}},
      {"begun", pending, pending, {Intent(), {}, {}}},
      {"begin: killed before it took its name",
       {{kPending + ".new", kIntentText}},
       {{kPending + ".new", kIntentText}},
       {}},
      {"begin: killed within the file",
       {{kPending + ".new.tmp", "{"}},
       {{kPending + ".new.tmp", "{"}},
       {}},
      {"begin: killed before its own name went",
       {{kPending, kIntentText}, {kPending + ".new", kIntentText}},
       {{kPending, kIntentText}, {kPending + ".new", kIntentText}},
       {Intent(), {}, {}}},
      {"crashing",
       {{kPending, IntentJson(Intent("0123456789abcdef", 1'795'000'006))}},
       {{kPending, IntentJson(Intent("0123456789abcdef", 1'795'000'006))}},
       {Intent("0123456789abcdef", 1'795'000'006), {}, {}}},
      {"finish: killed before the rename",
       {{kPending, kIntentText}, {kHistory + ".tmp", kHistoryText}},
       {{kPending, kIntentText}, {kHistory + ".tmp", kHistoryText}},
       {Intent(), {}, {}}},
      {"finish: killed before the intent went",
       {{kPending, kIntentText}, {kHistory, kHistoryText}},
       history,
       {{}, kPass, kPass}},
      {"finished", history, history, {{}, kPass, kPass}},
      {"the next one is pending",
       {{kPending, IntentJson(Intent("00000000000000ff"))}, {kHistory, kHistoryText}},
       {{kPending, IntentJson(Intent("00000000000000ff"))}, {kHistory, kHistoryText}},
       {Intent("00000000000000ff"), kPass, kPass}},
      {"failed since it passed",
       {{kHistory, HistoryJson({{}, Record(DrillResult::kFailed), kOtherPass})}},
       {{kHistory, HistoryJson({{}, Record(DrillResult::kFailed), kOtherPass})}},
       {{}, Record(DrillResult::kFailed), kOtherPass}},
      Corrupt("empty intent", kPending, "", "it is empty; set aside as"),
      Corrupt("zeros", kPending, std::string(100, '\0'), "does not parse"),
      Corrupt("cut", kPending, kIntentText.substr(0, 60), "does not parse"),
      Corrupt("a list", kPending, "[]", "does not parse"),
      Corrupt("schema 0", kPending, R"({"schema_version":0})", "does not parse"),
      Corrupt("no id", kPending, Without(kIntentText, "0123456789abcdef", "../../etc"), "parse"),
      Corrupt("no boot", kPending,
              Without(kIntentText, "6f3c1a524a1e4c559a6e3f2b8e1d7c90", "6f3c1a52"), "parse"),
      Corrupt("a time that is a text", kPending, Without(kIntentText, "1795000000", "\"x\""),
              "parse"),
      Corrupt("a time before all", kPending, Without(kIntentText, "1795000000", "-1"), "parse"),
      Corrupt("without a bottom", kPending, std::string(60'000, '['), "does not parse"),
      Corrupt("larger than any", kPending, std::string(70 << 10, ' '), "set aside"),
      Corrupt("empty history", kHistory, "", "it is empty"),
      Corrupt("no such result", kHistory, Without(kHistoryText, "passed", "perfect"), "parse"),
      Corrupt("no crash id", kHistory, Without(kHistoryText, "20261118t110646z", "x"), "parse"),
      {"an intent of a newer schema",
       {{kPending, R"({"schema_version":2})"}},
       {{kPending, R"({"schema_version":2})"}},
       {},
       {"schema 2, newer than our 1: left untouched"}},
      {"a history of a newer schema beside an intent",
       {{kPending, kIntentText}, {kHistory, R"({"schema_version":2})"}},
       {{kPending, kIntentText}, {kHistory, R"({"schema_version":2})"}},
       {Intent(), {}, {}},
       {"drill.json has schema 2"}},
      {"a symbolic link",
       {},
       {{kPending + ".corrupt", "<link>"}},
       {},
       {"set aside"},
       [](const Place& at) { fs::create_symlink("/etc/passwd", at.File(kPending)); }},
      {"a FIFO that nobody writes to",
       {},
       {{kPending + ".corrupt", "<fifo>"}},
       {},
       {"set aside"},
       [](const Place& at) { ASSERT_EQ(mkfifo(at.File(kPending).c_str(), 0600), 0); }},
      {"a directory",
       {},
       {{kHistory + ".corrupt", "<directory>"}},
       {},
       {"set aside"},
       [](const Place& at) { fs::create_directory(at.File(kHistory)); }},
  };
}

void Prepare(const Picture& row, const Place& at) {
  at.Write(row.before);
  if (row.prepare) row.prepare(at);
}

void ExpectNotes(const Picture& row, const std::vector<std::string>& notes) {
  ASSERT_EQ(notes.size(), row.notes.size()) << row.name << testing::PrintToString(notes);
  for (std::size_t i = 0; i < notes.size(); ++i) {
    EXPECT_NE(notes[i].find(row.notes[i]), std::string::npos) << row.name << ": " << notes[i];
  }
}

TEST(DrillStore, ReadsEveryPicture) {
  for (const Picture& row : Pictures()) {
    const Place at;
    Prepare(row, at);
    auto store = *DrillStore::Open(at.fd(), "/state");
    const auto answer = store.Read();
    EXPECT_EQ(answer.drills, row.drills) << row.name;
    ExpectNotes(row, answer.notes);
    EXPECT_EQ(at.Picture(), row.after) << row.name;
    const auto again = store.Read();
    EXPECT_EQ(again.drills, row.drills) << row.name;
    EXPECT_TRUE(again.notes.empty()) << row.name << ": said once";
    EXPECT_EQ(DrillStore::Open(at.fd())->Read().drills, row.drills) << row.name;
    EXPECT_EQ(at.Picture(), row.after) << row.name << ": the same at the next start";
  }
}

TEST(DrillStore, PeekingChangesNothing) {
  for (const Picture& row : Pictures()) {
    const Place at;
    Prepare(row, at);
    const Files before = at.Picture();
    auto store = DrillStore::Peek(at.path());
    ASSERT_TRUE(store);
    EXPECT_EQ(store->Read().drills, row.drills) << row.name;
    EXPECT_EQ(at.Picture(), before) << row.name;
  }
  EXPECT_EQ(DrillStore::Peek("/nonexistent/kdumpd").error().code, ErrorCode::kNotFound);
}

// After every picture a drill can be begun, unless something stands in its place.
TEST(DrillStore, BeginsAfterEveryPicture) {
  for (const Picture& row : Pictures()) {
    const Place at;
    Prepare(row, at);
    auto store = *DrillStore::Open(at.fd());
    (void)store.Read();
    const DrillIntent next = Intent("00000000000000ee");
    const bool taken = row.after.contains(kPending);
    const auto begun = store.Begin(next);
    EXPECT_EQ(begun.has_value(), !taken) << row.name;
    if (taken) {
      EXPECT_EQ(begun.error().code, ErrorCode::kBusy) << row.name;
      EXPECT_EQ(at.Picture().at(kPending), row.after.at(kPending)) << row.name;
    } else {
      EXPECT_EQ(store.Read().drills.pending, next) << row.name;
      EXPECT_EQ(at.Picture().at(kPending), IntentJson(next)) << row.name;
      EXPECT_FALSE(at.Picture().contains(kPending + ".new")) << row.name;
    }
  }
}

TEST(DrillStore, FinishesAfterEveryPicture) {
  for (const Picture& row : Pictures()) {
    const Place at;
    Prepare(row, at);
    auto store = *DrillStore::Open(at.fd());
    (void)store.Read();
    const DrillRecord failed = Record(DrillResult::kFailed);
    const bool foreign = row.after.contains(kHistory) && !row.drills.last;
    const auto finished = store.Finish(failed);
    ASSERT_EQ(finished.has_value(), !foreign) << row.name;
    if (foreign) {
      EXPECT_EQ(at.Picture(), row.after) << row.name << ": it would lose what it does not know";
      continue;
    }
    const Drills drills = store.Read().drills;
    EXPECT_EQ(drills.last, failed) << row.name;
    EXPECT_EQ(drills.last_pass, row.drills.last_pass) << row.name;
    const bool another = row.drills.pending && row.drills.pending->id != failed.intent.id;
    EXPECT_EQ(drills.pending.has_value(), another) << row.name;
  }
}

}  // namespace
}  // namespace kdumpd
