// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/boot_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>

#include "daemon/core/text.h"
#include "daemon/host/boot_json.h"
#include "tests/host/temporary_tree.h"
#include "tests/support/as_nobody.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

std::string Id(int n) { return Cat(std::string(30, 'a'), n / 10, n % 10); }

Heartbeat BeatFrom(int n) {
  Heartbeat beat;
  beat.boot_id = Id(n);
  beat.began = 1'795'000'000 + n;
  beat.first_at = beat.began + 20;
  beat.beat_at = beat.began + 320;
  beat.armed = true;
  beat.sight = DumpSight::kRemote;
  beat.target = "ssh kdump@dumps.example.com";
  beat.post_notifiers = beat.watchdog = true;
  beat.kernel_release = "6.1.0";
  beat.pstore = {1, 0xfedcba9876543210};
  return beat;
}

BootRecord BootOf(int n) {
  BootRecord boot;
  boot.boot_id = Id(n);
  boot.began = 1'795'000'000 + n;
  boot.last_sign = boot.began + 300;
  boot.ended_by = boot.began + 400;
  boot.outcome = BootOutcome::kMissed;
  boot.confidence = Confidence::kHigh;
  boot.reason = "hop_failed";
  boot.message = "it panicked";
  boot.evidence = {{"pstore", "a panic left \"x\""}, {"wtmp", "no record"}};
  boot.armed = false;
  boot.kernel_release = "6.1.0";
  boot.cause = "no_space";
  boot.cause_line = "No space left";
  boot.crash_id = "20261122t080648z-0123456789abcdef";
  boot.drill = "0011223344556677";
  boot.decided_at = boot.ended_by + 30;
  return boot;
}

class Place {
 public:
  Place() : fd_(open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  [[nodiscard]] BootStore Open() const { return *BootStore::Open(fd_.get(), "/state"); }
  [[nodiscard]] BootStore Peek() const { return *BootStore::Peek(tree_.path()); }
  [[nodiscard]] fs::path File(const std::string& name) const {
    return fs::path(tree_.path()) / name;
  }
  [[nodiscard]] std::string Text(const std::string& name) const {
    std::ifstream in(File(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void Write(const std::string& name, const std::string& text) const { tree_.Write(name, text); }

 private:
  TemporaryTree tree_;
  UniqueFd fd_;
};

TEST(BootStoreTest, WhatIsWrittenIsReadAgain) {
  const Place place;
  BootStore store = place.Open();
  EXPECT_FALSE(store.beat());
  EXPECT_FALSE(store.IsDone(Id(1)));
  ASSERT_TRUE(store.Beat(BeatFrom(1)));
  Heartbeat unknown = BeatFrom(1);
  unknown.armed = std::nullopt;
  unknown.stopping = unknown.left = true;
  ASSERT_TRUE(store.Beat(unknown));
  EXPECT_TRUE(store.undecided().empty()) << "the same boot";
  ASSERT_TRUE(store.Beat(BeatFrom(2)));
  ASSERT_TRUE(store.Record(BootOf(1)));
  for (const BootStore& again : {place.Open(), place.Peek()}) {
    EXPECT_EQ(again.beat(), BeatFrom(2));
    EXPECT_EQ(again.undecided(), std::vector{unknown});
    EXPECT_EQ(again.boots(), std::vector{BootOf(1)});
    EXPECT_FALSE(again.IsDone(Id(2)));
    EXPECT_TRUE(again.Notes().empty());
  }
  ASSERT_TRUE(store.Done(Id(2)));
  EXPECT_TRUE(place.Open().undecided().empty());
  EXPECT_TRUE(place.Open().IsDone(Id(2)));
}

TEST(BootStoreTest, RecordsAreReplacedAndBounded) {
  const Place place;
  BootStore store = place.Open();
  for (int n = 1; n <= static_cast<int>(kMostBoots) + 3; ++n) ASSERT_TRUE(store.Record(BootOf(n)));
  BootRecord revised = BootOf(20);
  revised.outcome = BootOutcome::kCaptured;
  ASSERT_TRUE(store.Record(revised));
  const BootStore again = place.Open();
  ASSERT_EQ(again.boots().size(), kMostBoots);
  EXPECT_EQ(again.boots().front(), BootOf(kMostBoots + 3));
  EXPECT_EQ(std::ranges::count(again.boots(), revised), 1);
  for (int n = 1; n <= static_cast<int>(kMostUndecided) + 2; ++n) {
    ASSERT_TRUE(store.Beat(BeatFrom(n)));
  }
  EXPECT_EQ(place.Open().undecided().size(), kMostUndecided);
  EXPECT_EQ(place.Open().undecided().front(), BeatFrom(2));
  EXPECT_LT(fs::file_size(place.File("boots.json")), 100U << 10);
}

// Every change is one rename: whatever a kill or somebody else leaves, opening makes sense of it.
struct Picture {
  const char* name;
  std::function<void(const Place&)> leave;
  bool beat = true, boots = true;  // are known then
  const char* note = "";           // is a part of the only note
  bool kept = true;                // the file is as it was
};

TEST(BootStoreTest, EveryPictureOfTheDirectoryMakesSense) {
  BeatFile whole;
  whole.beat = BeatFrom(2);
  whole.undecided = {BeatFrom(1)};
  const std::string beat = BeatJson(whole);
  const std::string boots = BootsFileJson({BootOf(1)});
  const auto write = [](const char* file, std::string text) {
    return [file, text = std::move(text)](const Place& place) { place.Write(file, text); };
  };
  const std::string deep = "{\"schema_version\": 1, \"beat\": " + std::string(90'000, '[');
  const Picture pictures[] = {
      {"whole", [](const Place&) {}},
      {"an unfinished heartbeat beside it", write("heartbeat.json.tmp", beat.substr(0, 40))},
      {"an unfinished ledger beside it", write("boots.json.tmp", "")},
      {"no heartbeat", [](const Place& p) { fs::remove(p.File("heartbeat.json")); }, false},
      {"no ledger", [](const Place& p) { fs::remove(p.File("boots.json")); }, true, false},
      {"an empty heartbeat", write("heartbeat.json", ""), false, true, "it is empty", false},
      {"half a heartbeat", write("heartbeat.json", beat.substr(0, beat.size() / 2)), false, true,
       "does not parse", false},
      {"half a ledger", write("boots.json", boots.substr(0, boots.size() / 2)), true, false,
       "does not parse", false},
      {"a list", write("boots.json", "[1]"), true, false, "does not parse", false},
      {"nested deeply", write("heartbeat.json", deep), false, true, "does not parse", false},
      {"a newer heartbeat", write("heartbeat.json", "{\"schema_version\": 2}"), false, true,
       "newer than our 1: left untouched"},
      {"a newer ledger", write("boots.json", "{\"schema_version\": 2}"), true, false,
       "newer than our 1: left untouched"},
      {"a huge one", write("boots.json", std::string(2 << 20, ' ')), true, false, "set aside",
       false},
      {"a directory in its place",
       [](const Place& p) {
         fs::remove(p.File("heartbeat.json"));
         fs::create_directory(p.File("heartbeat.json"));
       },
       false, true, "set aside", false},
      {"a FIFO in its place",
       [](const Place& p) {
         fs::remove(p.File("heartbeat.json"));
         ASSERT_EQ(mkfifo(p.File("heartbeat.json").c_str(), 0600), 0);
       },
       false, true, "set aside", false},
      {"a link in its place",
       [](const Place& p) {
         fs::rename(p.File("boots.json"), p.File("elsewhere"));
         fs::create_symlink("elsewhere", p.File("boots.json"));
       },
       true, false, "set aside", false},
      {"a boot id that is none",
       write("heartbeat.json", std::regex_replace(beat, std::regex(Id(2)), "../x")), false, true,
       "does not parse", false},
      {"a crash id that is none",
       write("boots.json", std::regex_replace(boots, std::regex("20261122t"), "../")), true, false,
       "does not parse", false},
      {"an outcome that is none",
       write("boots.json", std::regex_replace(boots, std::regex("missed"), "lost")), true, false,
       "does not parse", false},
  };
  for (const Picture& picture : pictures) {
    SCOPED_TRACE(picture.name);
    const Place place;
    place.Write("heartbeat.json", beat);
    place.Write("boots.json", boots);
    picture.leave(place);
    const std::string file = picture.beat ? "boots.json" : "heartbeat.json";
    BootStore store = place.Open();
    EXPECT_EQ(store.beat().has_value(), picture.beat);
    EXPECT_EQ(store.undecided().size(), picture.beat ? 1U : 0U);
    EXPECT_EQ(store.boots().size(), picture.boots ? 1U : 0U);
    const bool odd = *picture.note != '\0';
    ASSERT_EQ(store.Notes().size(), odd ? 1U : 0U);
    if (odd) {
      EXPECT_NE(store.Notes()[0].find(picture.note), std::string::npos) << store.Notes()[0];
      EXPECT_TRUE(store.Notes()[0].starts_with("/state/" + file)) << store.Notes()[0];
      EXPECT_EQ(fs::exists(fs::symlink_status(place.File(file))), picture.kept);
      EXPECT_EQ(fs::exists(fs::symlink_status(place.File(file + ".corrupt"))), !picture.kept);
    }
    // It goes on; what a newer daemon wrote stays.
    EXPECT_TRUE(store.Beat(BeatFrom(3)));
    EXPECT_TRUE(store.Record(BootOf(2)));
    const bool newer = odd && picture.kept;
    const BootStore again = place.Open();
    EXPECT_EQ(again.beat().has_value(), picture.beat || !newer);
    EXPECT_EQ(again.boots().empty(), !picture.boots && newer);
  }
}

TEST(BootStoreTest, WhoOnlyLooksMovesNothing) {
  const Place place;
  place.Write("boots.json", "half");
  EXPECT_EQ(place.Peek().Notes().size(), 1U);
  EXPECT_EQ(place.Text("boots.json"), "half");
  EXPECT_EQ(BootStore::Peek("/nowhere/at/all").error().code, ErrorCode::kNotFound);
}

TEST(BootStoreTest, AFileThatCannotBeReadIsLeftUntouched) {
  const Place place;
  {
    BootStore store = place.Open();
    ASSERT_TRUE(store.Record(BootOf(1)));
  }
  const std::string before = place.Text("boots.json");
  fs::permissions(place.File(""), fs::perms::all);
  fs::permissions(place.File("boots.json"), fs::perms::owner_write);
  {
    const AsNobody nobody;
    BootStore store = place.Open();
    ASSERT_EQ(store.Notes().size(), 1U);
    EXPECT_NE(store.Notes()[0].find("left untouched"), std::string::npos);
    EXPECT_TRUE(store.Record(BootOf(2)));
  }
  EXPECT_EQ(place.Text("boots.json"), before);
}

TEST(BootStoreTest, ADiskThatTakesNothingIsAnError) {
  const Place place;
  BootStore store = place.Open();
  fs::create_directory(place.File("heartbeat.json.tmp"));
  fs::create_directory(place.File("heartbeat.json.tmp/full"));
  const auto written = store.Beat(BeatFrom(1));
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("/state"), std::string::npos);
  EXPECT_EQ(store.beat(), BeatFrom(1)) << "and is known while it lives";
  fs::create_directories(place.File("boots.json.tmp/full"));
  EXPECT_FALSE(store.Record(BootOf(1)));
  EXPECT_FALSE(store.WriteAgain());
  fs::remove_all(place.File("heartbeat.json.tmp"));
  EXPECT_TRUE(store.Done(Id(1)));
  EXPECT_FALSE(store.WriteAgain()) << "how that boot ended is not on disk";
  fs::remove_all(place.File("boots.json.tmp"));
  EXPECT_TRUE(store.WriteAgain());
  EXPECT_EQ(place.Open().boots(), std::vector{BootOf(1)});
  EXPECT_EQ(place.Open().beat(), BeatFrom(1));
}

}  // namespace
}  // namespace kdumpd
