// SPDX-License-Identifier: Apache-2.0
// `kdumpd crashes send` of a dump that was there before kdumpd: with the daemon, without it, and
// after everything that was remembered is lost.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "daemon/core/crash_record.h"
#include "daemon/core/text.h"
#include "tests/support/command.h"
#include "tests/support/crash_logs.h"
#include "tests/support/daemon.h"
#include "tests/support/machine_with_log.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kMachine = "0123456789abcdef0123456789abcdef";
const std::string kDump = "127.0.0.1-2026-11-22-08:06:51";

class HistoricSend : public testing::Test {
 protected:
  HistoricSend() {
    WriteReadyNode(at_);
    at_.Write("root/etc/machine-id", kMachine + "\n");
    fs::create_directories(at_.path() / "share");
    fs::create_directories(at_.path() / "other");
    const auto destination = [&](const std::string& name) {
      return Cat("  ", name, ": {url: \"file://", (at_.path() / name).string(), "\"}\n");
    };
    at_.Write("config.yaml", Cat("uploads: {cluster: lab}\nretention: {keep-newest: 0, stored: "
                                 "any}\ndestinations:\n",
                                 destination("share"), destination("other")));
    WriteDump("vmcore");
  }

  void WriteDump(const std::string& name) const {
    const Machine machine = MachineWithLog("x86_64", "ring", SampleLog());
    fs::remove_all(Directory());
    at_.Write("root/var/crash/" + kDump + "/" + name, KdumpDump(machine));
    at_.Write("root/var/crash/" + kDump + "/vmcore-dmesg.txt", At(12, kNullX86));
    for (const auto& file : fs::directory_iterator(Directory())) {
      fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(9));
    }
  }
  [[nodiscard]] fs::path Directory() const { return at_.path() / "root/var/crash" / kDump; }
  [[nodiscard]] std::string ConfigFile() const {
    return "--config.file=" + (at_.path() / "config.yaml").string();
  }

  [[nodiscard]] Said Crashes(const std::string& arguments) const {
    return Kdumpd(at_, Cat("crashes ", arguments, " --observe.interval=1s ", ConfigFile()));
  }
  [[nodiscard]] Json Listed() const {
    const Json list = Json::parse(Crashes("list --output json").out, nullptr, false);
    return list.is_object() && list["crashes"].size() == 1 ? list["crashes"][0] : Json::object();
  }
  // With the inventory of what was there before it.
  void Await(Daemon& daemon) const {
    ASSERT_TRUE(Eventually([&] { return daemon.Get("/readyz").status == 200; }));
    ASSERT_TRUE(Eventually([&] { return fs::exists(at_.path() / "state/boot.json"); }));
    ASSERT_TRUE(Eventually([&] { return !IdOf(Listed()).empty(); })) << Listed();
  }
  static std::string IdOf(const Json& crash) {
    return crash.contains("id") && crash["id"].is_string() ? crash["id"] : "";
  }
  static void Stop(Daemon& daemon) {
    daemon.process().Signal(SIGTERM);
    ASSERT_EQ(daemon.process().Wait(), 0);
  }
  void HaveInventory() const {
    Daemon daemon(at_, {ConfigFile()}, "first.log");
    Await(daemon);
    Stop(daemon);
  }

  // The only one, of this name alone, and as it is here.
  void ExpectStored(const std::string& id, const std::string& name = "vmcore") const {
    const fs::path node = at_.path() / "share/lab/node-1";
    ASSERT_TRUE(fs::exists(node / id / "manifest.json"));
    EXPECT_EQ(std::distance(fs::directory_iterator(node), {}), 1);
    EXPECT_EQ(std::distance(fs::directory_iterator(node / id), {}), 4);
    EXPECT_TRUE(FileText(node / id / name) == FileText(Directory() / name));
    EXPECT_TRUE(fs::is_empty(at_.path() / "other")) << "nobody has asked for that";
    const Json report = Json::parse(FileText(node / id / "report.json"), nullptr, false);
    EXPECT_EQ(report["id"], id);
    EXPECT_EQ(report["historic"], true);
    EXPECT_TRUE(report["report"].is_object()) << "it was looked into";
  }
  static void ExpectNoCrash(Daemon& daemon) {
    const std::string metrics = daemon.Get("/metrics").body;
    EXPECT_EQ(metrics.find("kdump_crashes_total{"), std::string::npos) << metrics;
    EXPECT_EQ(metrics.find("kdump_last_crash_info{"), std::string::npos);
    EXPECT_NE(metrics.find("\nkdump_unacknowledged_crashes 0\n"), std::string::npos);
    EXPECT_EQ(metrics.find("\nkdump_last_crash_timestamp_seconds "), std::string::npos);
    const std::string log = daemon.process().Output();
    EXPECT_EQ(log.find("msg=\"crash"), std::string::npos) << log;
  }

  ScratchDirectory at_;
};

TEST_F(HistoricSend, TheDaemonSendsWhatIsAskedFor) {
  std::string id;
  {
    Daemon daemon(at_, {ConfigFile()});
    Await(daemon);
    const Json listed = Listed();
    id = listed["id"];
    ASSERT_TRUE(IsCrashId(id));
    EXPECT_TRUE(listed["record"].is_null());
    EXPECT_NE(Crashes("list").out.find(id + "\n"), std::string::npos);
    EXPECT_NE(Crashes("show " + id).out.find("kdumpd crashes send " + id), std::string::npos);
    EXPECT_TRUE(Eventually([&] {
      return daemon.Get("/api/v1/crashes").body.find(Cat("\"id\":\"", id)) != std::string::npos;
    })) << daemon.Get("/api/v1/crashes").body;
    EXPECT_TRUE(fs::is_empty(at_.path() / "share")) << "not by itself";

    const Said said = Crashes("send " + id.substr(0, 20) + " --destination share");
    EXPECT_EQ(said.status, 0) << said.out << said.err << daemon.process().Output();
    ExpectStored(id);
    EXPECT_TRUE(Listed()["historic"]);
    EXPECT_EQ(Listed()["record"]["id"], id);
    EXPECT_EQ(Listed()["record"]["inspection"], "done");
    EXPECT_NE(Crashes("show " + id).out.find("\n  counted     no: it was there before"),
              std::string::npos);
    EXPECT_FALSE(fs::exists(at_.path() / "state/crashes" / (id + ".send")));
    ExpectNoCrash(daemon);
    Stop(daemon);
  }
  Daemon daemon(at_, {ConfigFile()}, "second.log");
  Await(daemon);
  EXPECT_TRUE(Listed()["historic"]);
  const Said again = Crashes("send " + id + " --destination share");
  EXPECT_EQ(again.status, 0) << again.out << again.err << daemon.process().Output();
  ExpectStored(id);
  ExpectNoCrash(daemon);
  // Again, should it be the second in which the record was made.
  EXPECT_TRUE(Eventually([&] {
    return Crashes("ack " + id).status == 0 && Listed()["record"]["acknowledged_by"] == "hand";
  })) << Listed();
  const Said prune = Crashes("prune");
  EXPECT_TRUE(prune.out.starts_with("removed 0 dumps; 1 stays\n")) << prune.out;
  EXPECT_TRUE(fs::exists(Directory() / "vmcore"));
}

TEST_F(HistoricSend, WithoutADaemonItIsInspectedAndSent) {
  HaveInventory();
  const std::string id = IdOf(Listed());
  Said said = Crashes("send " + id + " --destination share");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_NE(said.out.find("  stored      share: verified 2"), std::string::npos) << said.out;
  ExpectStored(id);
  said = Crashes("send " + id + " --destination share");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  ExpectStored(id);
  Daemon daemon(at_, {ConfigFile()}, "second.log");
  Await(daemon);
  ExpectNoCrash(daemon);
  EXPECT_EQ(Listed()["record"]["acknowledged_by"], "historic");
  EXPECT_TRUE(fs::is_empty(at_.path() / "other"));
}

TEST_F(HistoricSend, AfterTheStateIsLostItIsTheSameOne) {
  HaveInventory();
  const std::string id = IdOf(Listed());
  ASSERT_EQ(Crashes("send " + id + " --destination share").status, 0);
  fs::remove_all(at_.path() / "state");
  EXPECT_EQ(Crashes("send " + id).err,
            Cat("kdumpd: there are no records of crashes in ", (at_.path() / "state").string(),
                ": kdumpd run makes them\n"));
  Daemon daemon(at_, {ConfigFile()}, "second.log");
  Await(daemon);
  EXPECT_EQ(IdOf(Listed()), id);
  EXPECT_TRUE(Listed()["record"].is_null());
  const Said said = Crashes("send " + id + " --destination share");
  EXPECT_EQ(said.status, 0) << said.out << said.err << daemon.process().Output();
  ExpectStored(id);
  ExpectNoCrash(daemon);
}

TEST_F(HistoricSend, AnIncompleteOneIsCalledSo) {
  WriteDump("vmcore-incomplete");
  HaveInventory();
  const std::string id = IdOf(Listed());
  const Said said = Crashes("send " + id + " --destination share");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  ExpectStored(id, "vmcore-incomplete");
}

// What lies there by the name of a note asks for nothing that is not there, and for no path.
TEST_F(HistoricSend, NotesOfOthersMakeNoRecord) {
  Daemon daemon(at_, {ConfigFile()});
  Await(daemon);
  const std::string id = IdOf(Listed());
  const std::string other = CrashId(kMachine, "../../../etc", 1'700'000'000);
  at_.Write("state/crashes/" + other + ".send", "1700000000 share\n");
  at_.Write("state/crashes/..send", "1700000000 share\n");
  at_.Write("state/crashes/" + kDump + ".send", "1700000000 share\n");
  const Said said = Crashes("send " + id + " --destination share");
  EXPECT_EQ(said.status, 0) << said.out << said.err << daemon.process().Output();
  ExpectStored(id);
  EXPECT_FALSE(fs::exists(at_.path() / "state/crashes" / (other + ".json")));
  EXPECT_EQ(Crashes("send " + other).status, 1);
}

}  // namespace
}  // namespace kdumpd
