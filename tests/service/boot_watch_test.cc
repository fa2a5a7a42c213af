// SPDX-License-Identifier: Apache-2.0
// How boots end, seen by the real daemon over directories: before the end, and after the next boot.
#include "daemon/boot_watch.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <future>
#include <random>
#include <thread>

#include "daemon/host/drill_store.h"
#include "daemon/host/state_directory.h"
#include "tests/support/journal_maker.h"
#include "tests/support/node_life.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr char kDrill[] = "00112233445566aa";

// `before`: the node while the daemon runs; `end`: how that went on, till the daemon starts again.
struct Row {
  const char* name;
  std::function<void(NodeLife&)> before;
  std::function<void(NodeLife&)> end;
  const char* outcome;
  int counted = 0;         // crashes more than before
  int unacknowledged = 0;  // the same
  bool captured_first = false;
};

void Nothing(NodeLife&) {}

// The machine is off at once.
void Off(NodeLife& node) {
  node.Kill();
  node.Boot(Now());
}
void Orderly(NodeLife& node) {
  node.Terminate();
  node.Shutdown();
  node.Boot(Now());
}
void Unarmed(NodeLife& node) { node.Write("root/sys/kernel/kexec_crash_loaded", "0\n"); }
void Target(NodeLife& node, const std::string& line) {
  node.Write("root/etc/kdump.conf", line + "\npath /var/crash\n");
}

void AskForDrill(const NodeLife& node) {
  const UniqueFd fd(open(node.Path("state").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto store = DrillStore::Open(fd.get());
  DrillIntent intent;
  intent.id = kDrill;
  intent.node = "node-1";
  intent.boot_id = NodeLife::BootId(node.boots());
  intent.requested_at = Now();
  ASSERT_TRUE(store->Begin(intent));
  intent.crash_at = Now();
  ASSERT_TRUE(store->MarkCrashing(intent));
}

// As a journal that persists has it; the daemon's helper reads it.
void WriteJournal(const NodeLife& node, const std::function<void(JournalMaker&)>& end) {
  JournalMaker journal;
  journal.Boot(NodeLife::BootId(node.boots() - 1), node.began() - 3000);
  journal.Kernel("Linux version 6.1.0").Kernel("Command line: ro crashkernel=256M");
  journal.JournalStarts().Service("sshd", "Server listening");
  end(journal);
  journal.Boot(NodeLife::BootId(node.boots()), node.began());
  journal.Kernel("Linux version 6.1.0").Kernel("Command line: ro crashkernel=256M");
  journal.JournalStarts();
  journal.Write(node.Path("root/var/log/journal/0123456789abcdef0123456789abcdef/system.journal"));
}

void SetHeartbeat(const NodeLife& node, const std::function<void(Json&)>& change) {
  Json file = Json::parse(FileText(node.Path("state/heartbeat.json")));
  change(file["beat"]);
  node.Write("state/heartbeat.json", file.dump());
}

// "outcome reason [cause]" of the newest boot; "nothing new" when it is the one from before.
std::string Told(const Json& boot, const Json& before) {
  if (boot.is_null() || boot == before) return "nothing new";
  std::string told =
      Cat(boot["outcome"].get<std::string>(), ' ', boot["reason"].get<std::string>());
  const auto cause = boot["cause"].get<std::string>();
  if (!cause.empty()) told += Cat(" [", cause, ']');
  if (!boot["drill"].get<std::string>().empty()) told += " drill";
  return told;
}

struct Seen {
  std::string told;
  int counted = 0, unacknowledged = 0;
  std::string log;
};

Seen Live(const Row& row) {
  NodeLife node;
  row.before(node);
  if (row.captured_first) node.WriteDump(Now() - 86'400, "vmcore", "127.0.0.1-2026-11-01-08:10:00");
  node.Start();
  EXPECT_TRUE(node.Watches()) << row.name << '\n' << node.daemon().process().Output();
  const std::string metrics = node.daemon().Get("/metrics").body;
  const Json before = node.LastBoot();
  row.end(node);
  node.Start();
  EXPECT_TRUE(node.Watches()) << row.name << '\n' << node.daemon().process().Output();
  node.daemon().Shows("kdump_unacknowledged_crashes ");
  // One look more, so that what was decided is published.
  const auto looks = [&] {
    const std::string text = node.daemon().Get("/metrics").body;
    return text.substr(text.find("kdumpd_observe_duration_seconds_count"), 50);
  };
  const std::string then = looks();
  EXPECT_TRUE(Eventually([&] { return looks() != then; }));
  const std::string after = node.daemon().Get("/metrics").body;
  Seen seen{Told(node.LastBoot(), before), NodeLife::Counted(after) - NodeLife::Counted(metrics),
            NodeLife::Unacknowledged(after) - NodeLife::Unacknowledged(metrics),
            node.daemon().process().Output()};
  if (seen.told != "nothing new") {
    const std::string outcome = seen.told.substr(0, seen.told.find(' '));
    EXPECT_NE(after.find(Cat("kdump_last_boot_outcome{outcome=\"", outcome, "\"} 1\n")),
              std::string::npos)
        << row.name;
  }
  return seen;
}

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows{
      {"container restart", Nothing, [](NodeLife& n) { n.Kill(); }, "nothing new"},
      {"container restart with a record", Nothing, [](NodeLife& n) { n.WritePanic(), n.Kill(); },
       "nothing new"},
      {"orderly reboot", Nothing, Orderly, "clean shutdown"},
      {"pod evicted and then rebooted", Nothing,
       [](NodeLife& n) { n.Terminate(), n.Shutdown(), n.Boot(Now()); }, "clean shutdown"},
      {"pod evicted and nobody else knows", Nothing,
       [](NodeLife& n) {
         n.Terminate();
         fs::remove(n.Path("root/var/log/wtmp"));
         n.Boot(Now());
         fs::remove(n.Path("root/var/log/wtmp"));
       },
       "unknown not_watched"},
      {"a crash, captured", Nothing, [](NodeLife& n) { n.WriteDump(Now()), Off(n); },
       "captured dump_complete", 1, 1},
      {"power cut", Nothing, Off, "power_loss no_trace"},
      {"sysrq-b", Nothing,
       [](NodeLife& n) {
         Off(n);
         WriteJournal(n, [](JournalMaker& j) { j.Kernel("sysrq: Resetting"); });
       },
       "power_loss no_trace"},
      {"orderly, by the journal alone", Nothing,
       [](NodeLife& n) {
         Off(n);
         fs::remove(n.Path("root/var/log/wtmp"));
         WriteJournal(n, [](JournalMaker& j) { j.Logind().JournalStops(); });
       },
       "clean shutdown"},
      {"clock jump", Nothing,
       [](NodeLife& n) {
         n.WriteDump(Now() + 86'400);
         Off(n);
         SetHeartbeat(n, [](Json& beat) { beat["beat_at"] = Now() + 86'000; });
       },
       "captured dump_complete", 1, 1},
      {"clock jump, orderly", Nothing,
       [](NodeLife& n) {
         Orderly(n);
         SetHeartbeat(n, [](Json& beat) { beat["beat_at"] = Now() + 86'000; });
       },
       "clean shutdown"},
      {"wiped state", Nothing,
       [](NodeLife& n) {
         n.WriteDump(Now());
         Off(n);
         fs::remove_all(n.Path("state"));
       },
       "captured dump_complete"},
      {"wiped state, a panic", Nothing,
       [](NodeLife& n) {
         n.WritePanic();
         Off(n);
         fs::remove_all(n.Path("state"));
       },
       "missed not_captured"},
      {"old dumps at install", [](NodeLife& n) { n.WriteDump(Now() - 31'536'000); }, Off,
       "power_loss no_trace"},
      {"old dumps, moved in while it was down", Nothing,
       [](NodeLife& n) { n.WriteDump(Now() - 31'536'000), Off(n); }, "power_loss no_trace", 1, 1},
      {"ssh target", [](NodeLife& n) { Target(n, "ssh kdump@dumps.example.com"); }, Off,
       "unverified no_trace_elsewhere", 0, 1},
      {"ssh target, the hop failed", [](NodeLife& n) { Target(n, "ssh kdump@dumps.example.com"); },
       [](NodeLife& n) { n.WritePanic(), Off(n); }, "missed hop_failed [hop_failed]", 1, 1},
      {"ssh target, orderly", [](NodeLife& n) { Target(n, "ssh kdump@dumps.example.com"); },
       Orderly, "clean shutdown"},
      {"unmounted target", [](NodeLife& n) { Target(n, "ext4 /dev/sdb1"); }, Off,
       "unverified no_trace_elsewhere", 0, 1},
      {"kdump with no room", Nothing,
       [](NodeLife& n) {
         n.WriteDump(Now(), "vmcore-incomplete");
         n.Write(
             "root/var/crash/127.0.0.1-2026-11-22-08:10:00/kexec-dmesg.log",
             "[   12.1] kdump[515]: saving vmcore\n[   40.2] kdump.sh[532]: Can't write the dump "
             "file(/kdumproot/var/crash/vmcore-incomplete). No space left on device\n");
         Off(n);
       },
       "partial capture_failed [no_space]", 1, 1},
      {"reset while it was captured", Nothing,
       [](NodeLife& n) {
         n.WriteDump(Now(), "vmcore-incomplete");
         n.WriteWatchdog(0x20);
         Off(n);
       },
       "partial reset_during_capture [watchdog]", 1, 1},
      {"a hang, reset by the watchdog", Nothing, [](NodeLife& n) { n.WriteWatchdog(0x20), Off(n); },
       "missed watchdog_reset [watchdog]", 1, 1},
      {"capture kernel ran and kept nothing", Nothing,
       [](NodeLife& n) {
         Off(n);
         WriteJournal(n, [&](JournalMaker& j) {
           j.Boot(std::string(32, 'c'), n.began() - 100);
           j.Kernel("Linux version 6.1.0");
           j.Kernel("Command line: ro reset_devices elfcorehdr=0x1b000000");
           j.JournalStarts().Service("kdump-tools", "cp: error writing: No space left on device");
         });
       },
       "missed capture_failed [no_space]", 1, 1},
      {"panic, armed, no hop", Nothing, [](NodeLife& n) { n.WritePanic(), Off(n); },
       "missed hop_failed [hop_failed]", 1, 1},
      {"panic while unarmed", Unarmed, [](NodeLife& n) { n.WritePanic(), Off(n); },
       "missed not_armed", 1, 1},
      {"unarmed, no trace", Unarmed, Off, "unknown no_trace_unarmed"},
      {"a panic of long ago that was there before", [](NodeLife& n) { n.WritePanic(); }, Off,
       "power_loss no_trace"},
      {"drill passed", Nothing,
       [](NodeLife& n) {
         AskForDrill(n);
         n.WriteDump(Now());
         Off(n);
       },
       "captured dump_complete drill"},
      {"drill lost", Nothing, [](NodeLife& n) { AskForDrill(n), Off(n); },
       "missed not_captured drill"},
      {"drill cancelled by a reboot", Nothing, [](NodeLife& n) { AskForDrill(n), Orderly(n); },
       "clean shutdown drill"},
      {"a crash with another on record", Nothing, [](NodeLife& n) { n.WriteDump(Now()), Off(n); },
       "captured dump_complete", 1, 1, true},
  };
  return rows;
}

TEST(BootWatchTest, NoRowInventsACrashAndNoneHidesOne) {
  if (!JournalMaker::Possible()) FAIL() << "systemd-journal-remote is needed to make journals";
  const std::vector<Row>& rows = Rows();
  std::vector<std::future<Seen>> lives;
  constexpr std::size_t kAtOnce = 8;
  std::vector<Seen> seen(rows.size());
  for (std::size_t first = 0; first < rows.size(); first += kAtOnce) {
    const std::size_t end = std::min(rows.size(), first + kAtOnce);
    for (std::size_t i = first; i < end; ++i) {
      lives.push_back(std::async(std::launch::async, [&, i] { return Live(rows[i]); }));
    }
    for (std::size_t i = first; i < end; ++i) seen[i] = lives[i].get();
  }
  std::printf("%-44s %-42s %7s %4s\n", "what happened", "what is told", "counted", "new");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    std::printf("%-44s %-42s %7d %4d\n", row.name, seen[i].told.c_str(), seen[i].counted,
                seen[i].unacknowledged);
    EXPECT_EQ(seen[i].told, row.outcome) << row.name << '\n' << seen[i].log;
    EXPECT_EQ(seen[i].counted, row.counted) << row.name << '\n' << seen[i].log;
    EXPECT_EQ(seen[i].unacknowledged, row.unacknowledged) << row.name << '\n' << seen[i].log;
  }
}

// What pstore has of it is all that is known: title and category are in it.
TEST(BootWatchTest, APanicWithoutADumpIsReadOutOfPstore) {
  NodeLife node;
  node.Start();
  ASSERT_TRUE(node.Watches());
  node.WritePanic();
  Off(node);
  node.Start();
  ASSERT_TRUE(node.daemon().Shows("kdump_crashes_total{category=\"sysrq\",capture=\"missed\"} 1\n"))
      << node.daemon().process().Output();
  const Json crashes = Json::parse(node.daemon().Get("/api/v1/crashes").body);
  EXPECT_TRUE(node.daemon().Shows("kdump_last_boot_outcome{outcome=\"missed\"} 1\n"));
  EXPECT_EQ(node.LastBoot()["crash_id"].get<std::string>().size(), 33U);
}

// The boot before it is open for longer than the last one: that one stays the last.
TEST(BootWatchTest, TheLastBootThatEndedIsTheLastOnRecord) {
  NodeLife node;
  node.Start();
  ASSERT_TRUE(node.Watches());
  node.WritePanic();
  Off(node);
  node.Start();
  ASSERT_TRUE(Eventually([&] {
    const Json file = Json::parse(FileText(node.Path("state/heartbeat.json")), nullptr, false);
    return file.is_object() && file["beat"]["boot_id"] == NodeLife::BootId(2);
  }));
  Orderly(node);
  node.Start();
  ASSERT_TRUE(node.Watches()) << node.daemon().process().Output();
  const Json boots = Json::parse(FileText(node.Path("state/boots.json")))["boots"];
  ASSERT_GE(boots.size(), 2U);
  EXPECT_EQ(boots[0]["boot_id"], NodeLife::BootId(2)) << boots;
  EXPECT_EQ(boots[0]["outcome"], "clean");
  EXPECT_EQ(boots[1]["outcome"], "missed");
}

// Killed while it decides, again and again: one end, one crash.
TEST(BootWatchTest, KilledAtAnyMomentDecidesOnce) {
  constexpr int kLives = 8, kKills = 12;
  std::vector<std::future<std::string>> lives;
  for (int life = 0; life < kLives; ++life) {
    lives.push_back(std::async(std::launch::async, [life]() -> std::string {
      NodeLife node;
      node.Start();
      if (!node.Watches()) return "does not start";
      node.WritePanic();
      Off(node);
      std::mt19937 random(static_cast<unsigned>(life));
      for (int i = 0; i < kKills; ++i) {
        node.Start();
        // Early ones meet the first writes, late ones what is decided after the settling.
        const int most = i % 3 == 2 ? 4500 : 300;
        std::this_thread::sleep_for(
            std::chrono::milliseconds(std::uniform_int_distribution<>(0, most)(random)));
        node.Kill();
      }
      node.Start();
      if (!node.Watches()) return "never decides: " + node.daemon().process().Output();
      node.daemon().Shows("kdump_unacknowledged_crashes 1\n");
      const std::string metrics = node.daemon().Get("/metrics").body;
      int ends = 0, records = 0;
      const Json boots = Json::parse(FileText(node.Path("state/boots.json")));
      for (const Json& boot : boots["boots"]) ends += boot["boot_id"] == NodeLife::BootId(1);
      for (const auto& entry : fs::directory_iterator(node.Path("state/crashes"))) {
        records += entry.path().extension() == ".json";
      }
      return Cat(ends, " end, ", records, " record, ", NodeLife::Counted(metrics), " counted, ",
                 NodeLife::Unacknowledged(metrics), " new");
    }));
  }
  for (auto& life : lives) EXPECT_EQ(life.get(), "1 end, 1 record, 1 counted, 1 new");
}

}  // namespace
}  // namespace kdumpd
