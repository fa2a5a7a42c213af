// SPDX-License-Identifier: Apache-2.0
// What an operator sees of uploads, and that no dump goes that is not proven to be elsewhere: the
// daemon, kdumpd-ship and a mounted share, as they are.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "daemon/core/text.h"
#include "tests/support/command.h"
#include "tests/support/crash_logs.h"
#include "tests/support/daemon.h"
#include "tests/support/machine_with_log.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kDump = "127.0.0.1-2026-11-22-08:06:51";

class UploadsCli : public testing::Test {
 protected:
  UploadsCli() {
    WriteReadyNode(at_);
    fs::create_directories(at_.path() / "share");
    fs::create_directories(at_.path() / "other");
    Configure("  share: {url: \"file://" + (at_.path() / "share").string() + "\"}\n");
  }

  void Configure(const std::string& destinations, const std::string& more = "") const {
    at_.Write("config.yaml", "uploads: {cluster: lab}\nretention: {keep-newest: 0}\n" + more +
                                 "destinations:\n" + destinations);
  }
  [[nodiscard]] std::string ConfigFile() const {
    return "--config.file=" + (at_.path() / "config.yaml").string();
  }

  [[nodiscard]] Said Crashes(const std::string& arguments) const {
    return Kdumpd(at_, Cat("crashes ", arguments, " ", ConfigFile()));
  }
  [[nodiscard]] Json Record() const {
    const Json list = Json::parse(Crashes("list --output json").out, nullptr, false);
    return list.is_object() && !list["crashes"].empty() ? list["crashes"][0]["record"] : Json();
  }
  [[nodiscard]] std::string StateAt(const std::string& destination) const {
    const Json record = Record();
    const bool there = record.is_object() && record["uploads"].contains(destination);
    return there ? record["uploads"][destination]["state"] : "";
  }

  void WriteDump() const {
    Machine machine = MachineWithLog("x86_64", "ring", SampleLog());
    at_.Write("root/var/crash/" + kDump + "/vmcore", KdumpDump(machine));
    at_.Write("root/var/crash/" + kDump + "/vmcore-dmesg.txt", At(12, kNullX86));
  }
  [[nodiscard]] fs::path Dump() const { return at_.path() / "root/var/crash" / kDump / "vmcore"; }
  [[nodiscard]] fs::path Stored(const std::string& object) const {
    return at_.path() / "share/lab/node-1" / id_ / object;
  }

  // A dump that the daemon has brought to `share`.
  void HaveStored() {
    Daemon daemon(at_, {ConfigFile()});
    ASSERT_TRUE(Eventually([&] { return daemon.Get("/readyz").status == 200; }));
    ASSERT_TRUE(Eventually([&] { return fs::exists(at_.path() / "state/boot.json"); }));
    WriteDump();
    ASSERT_TRUE(
        Eventually([&] { return StateAt("share") == "verified"; }, std::chrono::seconds(40)))
        << daemon.process().Output();
    id_ = Record()["id"];
    EXPECT_NE(daemon.process().Output().find("msg=\"upload\""), std::string::npos);
    EXPECT_TRUE(daemon.Shows("kdumpd_upload_pending{destination=\"share\"} 0"));
    daemon.process().Signal(SIGTERM);
    ASSERT_EQ(daemon.process().Wait(), 0);
  }

  ScratchDirectory at_;
  std::string id_;
};

TEST_F(UploadsCli, ADumpIsStoredAndShown) {
  HaveStored();
  EXPECT_TRUE(FileText(Stored("vmcore")) == FileText(Dump()));
  EXPECT_EQ(FileText(Stored("vmcore-dmesg.txt")),
            FileText(Dump().parent_path() / "vmcore-dmesg.txt"));
  const Json report = Json::parse(FileText(Stored("report.json")), nullptr, false);
  EXPECT_EQ(report["id"], id_);
  EXPECT_TRUE(report["report"].is_object());
  const Json manifest = Json::parse(FileText(Stored("manifest.json")), nullptr, false);
  EXPECT_EQ(manifest["objects"].size(), 3u) << manifest;
  EXPECT_EQ(manifest["objects"][2]["plain_bytes"], fs::file_size(Dump()));
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(Stored(""))) files += entry.is_regular_file();
  EXPECT_EQ(files, 4u);
  EXPECT_TRUE(fs::is_empty(at_.path() / "state/uploads")) << "its journal is not needed any more";
  const Said list = Crashes("list"), show = Crashes("show " + id_);
  EXPECT_NE(list.out.find("  stored  "), std::string::npos) << list.out;
  EXPECT_NE(show.out.find("\n  stored      share: verified 2"), std::string::npos) << show.out;
  EXPECT_NE(show.out.find(", read back, file://"), std::string::npos) << show.out;
}

// Each thing that is different refuses, and with it put right the dump goes.
TEST_F(UploadsCli, NoDumpGoesThatIsNotAsItWasProven) {
  HaveStored();
  const std::string whole = FileText(Stored("vmcore"));
  const std::string local = FileText(Dump());
  ASSERT_EQ(Crashes("ack " + id_).status, 0);
  const auto put = [&](const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  };
  struct Row {
    const char* what;
    std::function<void()> change, undo;
    const char* said;
  };
  std::string other = whole;
  other.back() = static_cast<char>(other.back() ^ 1);
  const fs::path aside = at_.path() / "aside";
  const std::vector<Row> rows{
      {"its size there", [&] { put(Stored("vmcore"), whole + "x"); },
       [&] { put(Stored("vmcore"), whole); }, "mismatch"},
      {"its bytes there", [&] { put(Stored("vmcore"), other); },
       [&] { put(Stored("vmcore"), whole); }, "mismatch"},
      {"it is not there", [&] { fs::rename(Stored("vmcore"), aside); },
       [&] { fs::rename(aside, Stored("vmcore")); }, "mismatch"},
      {"its manifest", [&] { put(Stored("manifest.json"), "{}"); }, nullptr, "mismatch"},
  };
  for (const Row& row : rows) {
    const std::string manifest = FileText(Stored("manifest.json"));
    row.change();
    const Said said = Crashes("prune");
    EXPECT_EQ(said.status, 1) << row.what;
    EXPECT_NE(said.out.find(row.said), std::string::npos) << row.what << ": " << said.out;
    ASSERT_TRUE(fs::exists(Dump())) << row.what;
    if (row.undo) {
      row.undo();
    } else {
      put(Stored("manifest.json"), manifest);
    }
  }
  // The same bytes in another file, and one byte more in the same.
  fs::rename(Dump(), aside);
  put(Dump(), local);
  Said said;
  // Till it is settled it is being written; then it is one that nobody has seen.
  const auto refused = [&] {
    return Eventually([&] {
      said = Crashes("prune");
      return said.out.find("nobody has acknowledged it") != std::string::npos;
    });
  };
  EXPECT_TRUE(refused()) << said.out;
  ASSERT_TRUE(fs::exists(Dump()));
  put(Dump(), local + "x");
  EXPECT_TRUE(refused()) << said.out;
  ASSERT_TRUE(fs::exists(Dump()));
  fs::remove(Dump());
  fs::rename(aside, Dump());
  std::this_thread::sleep_for(std::chrono::seconds(1));  // the unit of both times
  ASSERT_EQ(Crashes("ack " + id_).status, 0);
  said = Crashes("prune");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_FALSE(fs::exists(Dump()));
}

TEST_F(UploadsCli, WhatIsNotStoredEverywhereStays) {
  HaveStored();
  ASSERT_EQ(Crashes("ack " + id_).status, 0);
  const std::string share = "  share: {url: \"file://" + (at_.path() / "share").string() + "\"}\n";
  const std::string other = "  other: {url: \"file://" + (at_.path() / "other").string() + "\"}\n";
  Configure(share + other);
  Said said = Crashes("prune --dry-run");
  EXPECT_NE(said.out.find("it is not verified at other"), std::string::npos) << said.out;
  said = Crashes("prune --dry-run --output json");
  EXPECT_EQ(Json::parse(said.out)["dumps"][0]["reason"], "not_stored");
  said = Crashes("prune --dry-run --retention.stored=any");
  EXPECT_TRUE(said.out.starts_with("would remove 1 dump, ")) << said.out;
  // By hand, without the daemon.
  said = Crashes("send " + id_.substr(0, 20) + " --destination other");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_NE(said.out.find("  stored      other: verified 2"), std::string::npos) << said.out;
  EXPECT_TRUE(FileText(at_.path() / "other/lab/node-1" / id_ / "vmcore") == FileText(Dump()));
  said = Crashes("prune --dry-run");
  EXPECT_TRUE(said.out.starts_with("would remove 1 dump, ")) << said.out;
}

TEST_F(UploadsCli, SendAsksTheDaemonThatRuns) {
  HaveStored();
  fs::remove_all(at_.path() / "share/lab");
  Daemon daemon(at_, {ConfigFile()}, "second.log");
  ASSERT_TRUE(Eventually([&] { return daemon.Get("/readyz").status == 200; }));
  const Said said = Crashes("send " + id_);
  EXPECT_EQ(said.status, 0) << said.out << said.err << daemon.process().Output();
  EXPECT_TRUE(FileText(Stored("vmcore")) == FileText(Dump()));
  EXPECT_EQ(Crashes("send " + id_ + " --destination nowhere").err,
            "kdumpd: no destination nowhere\n");
}

TEST_F(UploadsCli, WhatFailsSaysWhy) {
  HaveStored();
  fs::rename(at_.path() / "share", at_.path() / "unmounted");
  const Said said = Crashes("send " + id_);
  EXPECT_EQ(said.status, 1);
  EXPECT_NE(said.out.find("share: waits, refused: "), std::string::npos) << said.out;
  EXPECT_FALSE(fs::exists(at_.path() / "share")) << "nobody mounts it";
}

TEST_F(UploadsCli, NothingLeavesInTheClearWhereThatIsForbidden) {
  const std::string share = "  share: {url: \"file://" + (at_.path() / "share").string() + "\"}\n";
  at_.Write("config.yaml",
            "uploads: {cluster: lab, encryption: required}\ndestinations:\n" + share);
  Daemon daemon(at_, {ConfigFile()});
  ASSERT_TRUE(Eventually([&] { return daemon.Get("/readyz").status == 200; }));
  WriteDump();
  EXPECT_TRUE(Eventually(
      [&] {
        const Json record = Record();
        return record.is_object() && record["uploads"].contains("share") &&
               record["uploads"]["share"]["problem"] == "clear";
      },
      std::chrono::seconds(40)))
      << daemon.process().Output();
  EXPECT_TRUE(fs::is_empty(at_.path() / "share"));
  EXPECT_TRUE(daemon.Shows("kdumpd_upload_failing{destination=\"share\"} 1"));
}

}  // namespace
}  // namespace kdumpd
