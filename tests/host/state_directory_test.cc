// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/state_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <thread>

#include "tests/host/directory_picture.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

std::vector<Dump> Dumps() {
  std::vector<Dump> dumps(3);
  dumps[0].directory = "127.0.0.1-2026-11-22-07:15:03";
  dumps[0].vmcore = "vmcore";
  dumps[0].crash_time = 1'795'331'703;
  dumps[1].directory = "x\n\xff";
  dumps[1].crash_time = 5;
  dumps[2].vmcore = "vmcore";
  return dumps;
}

int HistoricOf(const StateDirectory& state, std::vector<Dump> dumps = Dumps()) {
  state.MarkHistoric(dumps);
  return static_cast<int>(std::ranges::count(dumps, true, &Dump::historic));
}

constexpr const char* kWhole =
    R"({"schema_version":1,"first_start":1795331000,"historic":["00000000000000aa"]})";
constexpr const char* kNewer = R"({"schema_version":2,"boots":[]})";

// What opening makes of each picture that a crash, a full disk, a person or another version may
// leave.
struct Picture {
  const char* name;
  std::map<std::string, std::string> before;
  std::map<std::string, std::string> after;  // besides "lock"
  bool needs_inventory;
  const char* note;  // part of the only one, or nothing
};

std::vector<Picture> Pictures() {
  const auto corrupt = [](const char* name, const std::string& text, const char* note) {
    return Picture{name, {{"boot.json", text}}, {{"boot.json.corrupt-1", text}}, true, note};
  };
  return {
      {"empty directory", {}, {}, true, nullptr},
      {"as written", {{"boot.json", kWhole}}, {{"boot.json", kWhole}}, false, nullptr},
      {"fields of later additions",
       {{"boot.json", R"({"schema_version":1,"first_start":1,"historic":[],"more":{}})"}},
       {{"boot.json", R"({"schema_version":1,"first_start":1,"historic":[],"more":{}})"}},
       false,
       nullptr},
      {"power lost before the first rename",
       {{"boot.json.tmp", "{\"sch"}},
       {},
       true,
       "removed an unfinished boot.json"},
      {"power lost before a later rename",
       {{"boot.json", kWhole}, {"boot.json.tmp", "{\"sch"}},
       {{"boot.json", kWhole}},
       false,
       "removed an unfinished boot.json"},
      {"newer schema",
       {{"boot.json", kNewer}},
       {{"boot.json", kNewer}},
       true,
       "schema 2, newer than our 1"},
      {"set aside before",
       {{"boot.json", "x"}, {"boot.json.corrupt-1", "old"}},
       {{"boot.json.corrupt-1", "old"}, {"boot.json.corrupt-2", "x"}},
       true,
       "set aside as boot.json.corrupt-2"},
      {"strangers stay", {{"notes", "mine"}}, {{"notes", "mine"}}, true, nullptr},
      corrupt("empty file", "", "it is empty; set aside as boot.json.corrupt-1"),
      corrupt("cut", R"({"schema_version":1,"first_start":1,"hist)", "does not parse"),
      corrupt("zeros after a power loss", std::string(64, '\0'), "does not parse"),
      corrupt("not an object", "[]", "does not parse"),
      corrupt("no schema", R"({"first_start":1,"historic":[]})", "does not parse"),
      corrupt("schema as text", R"({"schema_version":"1","first_start":1,"historic":[]})",
              "does not parse"),
      corrupt("schema 0", R"({"schema_version":0,"first_start":1,"historic":[]})",
              "does not parse"),
      corrupt("no list", R"({"schema_version":1,"first_start":1})", "does not parse"),
      corrupt("no start", R"({"schema_version":1,"historic":[]})", "does not parse"),
      corrupt("short key", R"({"schema_version":1,"first_start":1,"historic":["aa"]})",
              "does not parse"),
      corrupt("odd key", R"({"schema_version":1,"first_start":1,"historic":["00000000000000ag"]})",
              "does not parse"),
      corrupt("number as key", R"({"schema_version":1,"first_start":1,"historic":[7]})",
              "does not parse"),
  };
}

TEST(StateDirectoryTest, OpensEveryPicture) {
  for (const auto& row : Pictures()) {
    const TemporaryTree tree;
    for (const auto& [name, text] : row.before) tree.Write(name, text);
    const auto state = StateDirectory::Open(tree.path());
    ASSERT_TRUE(state) << row.name << state.error().message;
    auto picture = PictureOf(tree.path());
    EXPECT_EQ(picture.erase("lock"), 1U) << row.name;
    EXPECT_EQ(picture, row.after) << row.name;
    EXPECT_EQ(state->NeedsInventory(), row.needs_inventory) << row.name;
    ASSERT_EQ(state->Notes().size(), row.note != nullptr ? 1U : 0U) << row.name;
    if (row.note == nullptr) continue;
    EXPECT_NE(state->Notes()[0].find(row.note), std::string::npos) << state->Notes()[0];
    EXPECT_TRUE(state->Notes()[0].starts_with(tree.path())) << state->Notes()[0];
  }
}

// After every picture the first look makes what is there historic, once, and it stays so.
TEST(StateDirectoryTest, ANewcomerIsNotHistoric) {
  const TemporaryTree tree;
  auto dumps = Dumps();
  dumps[1].newcomer = true;
  auto state = *StateDirectory::Open(tree.path() + "/state");
  ASSERT_TRUE(state.RecordInventory(dumps, 1'795'331'000));
  EXPECT_EQ(HistoricOf(state), 2);
}

TEST(StateDirectoryTest, EveryPictureHealsWithAnInventory) {
  for (const auto& row : Pictures()) {
    const TemporaryTree tree;
    for (const auto& [name, text] : row.before) tree.Write(name, text);
    const bool newer = row.before.contains("boot.json") && row.before.at("boot.json") == kNewer;
    {
      auto state = *StateDirectory::Open(tree.path());
      ASSERT_TRUE(state.RecordInventory(Dumps(), 1'795'331'000)) << row.name;
      EXPECT_FALSE(state.NeedsInventory()) << row.name;
      EXPECT_EQ(HistoricOf(state), row.needs_inventory ? 3 : 0) << row.name;
    }
    const auto again = *StateDirectory::Open(tree.path());
    EXPECT_EQ(again.NeedsInventory(), newer) << row.name;
    EXPECT_EQ(HistoricOf(again), row.needs_inventory && !newer ? 3 : 0) << row.name;
    if (newer) {
      EXPECT_EQ(PictureOf(tree.path()).at("boot.json"), kNewer);
    }
  }
}

TEST(StateDirectoryTest, ADumpIsKnownByDirectoryNameAndTime) {
  const TemporaryTree tree;
  auto state = *StateDirectory::Open(tree.path());
  ASSERT_TRUE(state.RecordInventory({Dumps()[0]}, 1));
  const auto historic = [&](const std::function<void(Dump&)>& change) {
    std::vector<Dump> dumps = {Dumps()[0]};
    change(dumps[0]);
    return HistoricOf(state, dumps) == 1;
  };
  EXPECT_TRUE(historic([](Dump&) {}));
  EXPECT_TRUE(historic([](Dump& dump) { dump.bytes = 7, dump.state = DumpState::kDamaged; }));
  EXPECT_FALSE(historic([](Dump& dump) { dump.crash_time += 1; }));
  EXPECT_FALSE(historic([](Dump& dump) { dump.directory += "x"; }));
  EXPECT_FALSE(historic([](Dump& dump) { dump.vmcore = ""; }));
  // The same letters, divided differently.
  EXPECT_FALSE(historic([](Dump& dump) { dump.directory += "v", dump.vmcore = "mcore"; }));
}

TEST(StateDirectoryTest, TheFileIsPlainJson) {
  const TemporaryTree tree;
  auto state = *StateDirectory::Open(tree.path());
  Dump dump;
  dump.directory = "a";
  ASSERT_TRUE(state.RecordInventory({dump}, 1'795'331'000));
  EXPECT_EQ(PictureOf(tree.path()).at("boot.json"),
            "{\n \"schema_version\": 1,\n \"first_start\": 1795331000,\n \"historic\": [\n"
            "  \"ac803b820e4fce54\"\n ]\n}\n");
  struct stat status{};
  ASSERT_EQ(stat((tree.path() + "/boot.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(StateDirectoryTest, OneDaemonHoldsIt) {
  const TemporaryTree tree;
  std::optional<StateDirectory> first = *StateDirectory::Open(tree.path());
  const auto second = StateDirectory::Open(tree.path(), 30);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_EQ(second.error().message, "locking " + tree.path() + ": another kdumpd holds it");
  first.reset();
  EXPECT_TRUE(StateDirectory::Open(tree.path(), 0));
}

TEST(StateDirectoryTest, WaitsForItsPredecessor) {
  const TemporaryTree tree;
  std::optional<StateDirectory> first = *StateDirectory::Open(tree.path());
  bool opened = false;
  {
    const std::jthread successor(
        [&] { opened = StateDirectory::Open(tree.path(), 60'000).has_value(); });
    first.reset();
  }
  EXPECT_TRUE(opened);
}

TEST(StateDirectoryTest, MakesItsDirectoryPrivate) {
  const TemporaryTree tree;
  const std::string path = tree.path() + "/kdumpd";
  ASSERT_TRUE(StateDirectory::Open(path));
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  const auto orphan = StateDirectory::Open(tree.path() + "/no/kdumpd");
  EXPECT_EQ(orphan.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(orphan.error().message,
            "making " + tree.path() + "/no/kdumpd: No such file or directory");
  tree.Write("file", "");
  EXPECT_FALSE(StateDirectory::Open(tree.path() + "/file"));
}

TEST(StateDirectoryTest, ADirectoryThatSomebodyElseMadeBecomesPrivate) {
  const TemporaryTree tree;
  const std::string path = tree.path() + "/kdumpd";
  ASSERT_EQ(mkdir(path.c_str(), 0755), 0);
  ASSERT_TRUE(StateDirectory::Open(path));
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST(StateDirectoryTest, AForgetfulOneCallsHistoricWhatItFoundAndWritesNothing) {
  Dump before;
  before.directory = "before";
  Dump after;
  after.directory = "after";
  auto state = StateDirectory::Forgetful();
  EXPECT_TRUE(state.NeedsInventory());
  ASSERT_TRUE(state.RecordInventory({before}, 1'795'000'000));
  std::vector<Dump> dumps{before, after};
  state.MarkHistoric(dumps);
  EXPECT_TRUE(dumps[0].historic);
  EXPECT_FALSE(dumps[1].historic);
}

TEST(StateDirectoryTest, ALookBesideTheDaemonSeesWhatItRecorded) {
  const TemporaryTree tree;
  Dump dump;
  dump.directory = "before";
  auto daemon = *StateDirectory::Open(tree.path());
  ASSERT_TRUE(daemon.RecordInventory({dump}, 1'795'000'000));
  std::vector<Dump> dumps{dump};
  StateDirectory::Peek(tree.path()).MarkHistoric(dumps);  // the lock is held, and does not matter
  EXPECT_TRUE(dumps[0].historic);

  dumps[0].historic = false;
  StateDirectory::Peek(tree.path() + "/nowhere").MarkHistoric(dumps);
  EXPECT_FALSE(dumps[0].historic) << "nothing recorded, nothing known";
}

TEST(StateDirectoryTest, LinksAndFifosInItAreNotFollowed) {
  const TemporaryTree tree;
  tree.Write("elsewhere/boot.json", kWhole);
  tree.Link("elsewhere/boot.json", "linked/boot.json");
  auto linked = *StateDirectory::Open(tree.path() + "/linked");
  EXPECT_TRUE(linked.NeedsInventory());
  ASSERT_EQ(linked.Notes().size(), 1U);
  EXPECT_NE(linked.Notes()[0].find("it is a symbolic link"), std::string::npos);
  ASSERT_TRUE(linked.RecordInventory(Dumps(), 1));
  EXPECT_EQ(PictureOf(tree.path() + "/elsewhere").at("boot.json"), kWhole);

  fs::create_directory(tree.path() + "/fifo");
  ASSERT_EQ(mkfifo((tree.path() + "/fifo/boot.json").c_str(), 0600), 0);
  EXPECT_TRUE(StateDirectory::Open(tree.path() + "/fifo"));  // opening a FIFO would block
  fs::create_directories(tree.path() + "/folder/boot.json");
  EXPECT_TRUE(StateDirectory::Open(tree.path() + "/folder")->NeedsInventory());
}

int InChild(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

// The first inventory counts, also when it could not be written at first: what comes later is new.
TEST(StateDirectoryTest, AFullDiskDoesNotMakeNewDumpsHistoric) {
  const TemporaryTree tree;
  EXPECT_EQ(InChild([&] {
              auto state = *StateDirectory::Open(tree.path());
              std::signal(SIGXFSZ, SIG_IGN);
              rlimit unlimited{};
              getrlimit(RLIMIT_FSIZE, &unlimited);
              const rlimit full{.rlim_cur = 0, .rlim_max = unlimited.rlim_max};
              setrlimit(RLIMIT_FSIZE, &full);
              const auto failed = state.RecordInventory({Dumps()[0]}, 1);
              const bool kept = !failed && state.NeedsInventory() && HistoricOf(state) == 1;
              setrlimit(RLIMIT_FSIZE, &unlimited);
              return kept && PictureOf(tree.path()).size() == 1 &&  // the lock; nothing unfinished
                     failed.error().message ==
                         tree.path() + ": writing boot.json: File too large" &&
                     state.RecordInventory(Dumps(), 2) && HistoricOf(state) == 1;
            }),
            0);
  EXPECT_EQ(HistoricOf(*StateDirectory::Open(tree.path())), 1);
}

TEST(StateDirectoryTest, AReadOnlyDirectoryIsAnError) {
  const TemporaryTree tree;
  fs::permissions(tree.path(), static_cast<fs::perms>(0555));
  EXPECT_EQ(InChild([&] {
              if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return false;
              const auto state = StateDirectory::Open(tree.path());
              return !state && state.error().code == ErrorCode::kPermission &&
                     state.error().message == "locking " + tree.path() + ": Permission denied";
            }),
            0);
  fs::permissions(tree.path(), fs::perms::owner_all);
}

TEST(StateDirectoryTest, TellsWhetherADaemonHoldsIt) {
  const TemporaryTree tree;
  const std::string path = tree.path() + "/state";
  EXPECT_FALSE(StateDirectory::IsHeld(path));
  {
    const auto state = StateDirectory::Open(path);
    ASSERT_TRUE(state);
    EXPECT_TRUE(StateDirectory::IsHeld(path));
    EXPECT_TRUE(StateDirectory::IsHeld(path)) << "asking holds nothing";
  }
  EXPECT_FALSE(StateDirectory::IsHeld(path));
  EXPECT_TRUE(StateDirectory::Open(path, 0));
}

}  // namespace
}  // namespace kdumpd
