// SPDX-License-Identifier: Apache-2.0
// What the boots of one real machine left (tests/fixtures/boots/manifest.json), and what we make of
// it: wtmp, journal and pstore each by itself, and the decision over all of them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zstd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "daemon/core/boot_ledger.h"
#include "daemon/core/capture_failure.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/observe.h"
#include "daemon/host/wtmp.h"
#include "systemd/journal_boots.h"
#include "tests/support/process.h"
#include "tests/support/sha256.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

const std::string kBoots = KDUMPD_SOURCE_DIR "/tests/fixtures/boots/";

// As the daemon of that machine noted them.
const std::string kOrderly = "750494f8a96a4f338987bfc581a9db6b";   // ended by systemctl reboot
const std::string kCrashed = "16b97240c8154abfa7e2ca7704c33260";   // ended by sysrq c, armed
const std::string kCapture = "5227766ad6264d0b993aac2f65fbcdf6";   // its capture kernel
const std::string kPowerCut = "e88a0900e02443ef8b451237400f5eee";  // ended by a power cut
const std::string kUnarmed = "e61eadbebadc45e79a3e37745ef25078";   // ended by sysrq c, not armed
const std::string kAfter = "2050b3c0eeb545be838932f04c430d87";
constexpr std::int64_t kOrderlyBegan = 1'796'052'631, kCrashedBegan = 1'796'053'051;
constexpr std::int64_t kPowerCutBegan = 1'796'053'167, kUnarmedBegan = 1'796'053'839;
constexpr std::int64_t kAfterBegan = 1'796'053'921;
constexpr std::int64_t kCrash = 1'796'053'123;  // in the header of the dump

std::string Unpacked(const std::string& name) {
  const std::string packed = FileText(kBoots + name);
  std::string text(ZSTD_getFrameContentSize(packed.data(), packed.size()), '\0');
  const std::size_t size = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  EXPECT_EQ(size, text.size()) << name;
  return text;
}

// A node with some of the fixtures where they were.
class Machine {
 public:
  void Put(const std::string& name, const std::string& path, std::int64_t mtime = 0) const {
    tree_.Write(path, Unpacked(name));
    const timespec times[2] = {{.tv_sec = mtime, .tv_nsec = 0}, {.tv_sec = mtime, .tv_nsec = 0}};
    if (mtime == 0) return;
    EXPECT_EQ(::utimensat(AT_FDCWD, Cat(tree_.path(), '/', path).c_str(), times, 0), 0);
  }
  void PutJournal(const std::string& directory) const {
    for (const auto& file : std::filesystem::directory_iterator(kBoots + directory)) {
      Put(Cat(directory, '/', file.path().filename().string()),
          Cat("var/log/journal/", file.path().stem().string()));
    }
  }
  [[nodiscard]] std::vector<JournalBoot> Journal(const std::string& running) const {
    const std::string path = Cat(tree_.path(), "/var/log/journal");
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto boots = BootsInJournal(fd.get(), running);
    EXPECT_TRUE(boots.has_value());
    return boots ? *std::move(boots) : std::vector<JournalBoot>();
  }
  [[nodiscard]] Fact<std::vector<WtmpRecord>> Wtmp() const { return ReadWtmp(Root()); }
  [[nodiscard]] Facts LookAt(const std::string& running, std::int64_t began) const {
    ObserveInput input;
    input.now = began + 60;
    HostRoot root = Root();
    Facts facts = Observe(root, input);
    facts.boot_id = Fact<std::string>::Known(running, "/proc");
    facts.boot_time = Fact<std::int64_t>::Known(began, "/proc/stat");
    facts.dumps = Fact<std::vector<Dump>>::Known({}, "/var/crash");
    Target here;
    here.live_path = "/var/crash";
    facts.target = Fact<Target>::Known(std::move(here), "/etc/default/kdump-tools");
    return facts;
  }

 private:
  [[nodiscard]] HostRoot Root() const {
    auto root = HostRoot::Open({.rootfs = tree_.path(), .procfs = "", .sysfs = ""});
    EXPECT_TRUE(root.has_value());
    return *std::move(root);
  }
  Tree tree_{
      "proc/cmdline: quiet\n"
      "sys/kernel/kexec_crash_loaded: 1\n"
      "proc/1/mountinfo:\n"
      "  20 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n"
      "  30 20 0:21 / /sys/fs/pstore rw - pstore pstore rw\n"
      "sys/fs/pstore/\n"};
};

Heartbeat BeatOfBoot(const std::string& id, std::int64_t began, std::int64_t beat, bool armed) {
  Heartbeat heartbeat;
  heartbeat.boot_id = id;
  heartbeat.began = began;
  heartbeat.first_at = began + 32;
  heartbeat.beat_at = beat;
  heartbeat.armed = armed;
  heartbeat.sight = DumpSight::kHere;
  return heartbeat;
}

std::string Told(const BootRecord& boot) {
  return Cat(boot.boot_id.substr(0, 4), ' ', Name(boot.outcome), ' ', boot.reason, ' ',
             Name(boot.confidence));
}

TEST(BootFixtures, AreWhatTheManifestSays) {
  const auto manifest = nlohmann::json::parse(FileText(kBoots + "manifest.json"));
  for (const auto& entry : manifest["entries"]) {
    const std::string text = Unpacked(entry["file"]);
    EXPECT_EQ(text.size(), entry["bytes"].get<std::size_t>()) << entry["file"];
    EXPECT_EQ(Sha256::Of(text), entry["sha256"].get<std::string>()) << entry["file"];
  }
  EXPECT_EQ(manifest["entries"].size(), 8U);
}

// The capture kernel runs on the same root: systemd-update-utmp(8) records it as a boot, and
// nobody records its end.
TEST(BootFixtures, Wtmp) {
  const Machine machine;
  machine.Put("wtmp.zst", "var/log/wtmp");
  std::string told;
  const auto wtmp = machine.Wtmp();
  ASSERT_TRUE(wtmp.known());
  for (const WtmpRecord& record : wtmp.value()) {
    told += Cat(told.empty() ? "" : " ", record.kind == WtmpRecord::Kind::kBoot ? "boot" : "down",
                record.time - kOrderlyBegan);
  }
  // kOrderly at 26 and kCrashed at 431, its capture kernel at 506, kPowerCut at 546.
  EXPECT_EQ(told, "boot-185 boot-54 boot26 down417 boot431 boot506 boot546 boot1216");
}

TEST(BootFixtures, Journal) {
  const Machine machine;
  machine.PutJournal("journal");
  std::string told;
  for (const JournalBoot& boot : machine.Journal(kUnarmed)) {
    told += Cat(told.empty() ? "" : " ", boot.boot_id.substr(0, 4), boot.shutdown ? "-down" : "",
                boot.capture_kernel ? "-capture" : "", boot.panic.empty() ? "" : "-panic");
    EXPECT_EQ(boot.text.empty(), !boot.capture_kernel);
    EXPECT_FALSE(FindCaptureFailure(boot.text)) << "its dump was saved";
    EXPECT_LT(boot.first, boot.last);
  }
  EXPECT_EQ(told, "e88a 5227-capture 16b9 7504-down");
}

TEST(BootFixtures, AFullTargetInTheJournalOfTheCaptureKernel) {
  const Machine machine;
  machine.PutJournal("journal-full");
  const auto boots = machine.Journal(kAfter);
  ASSERT_EQ(boots.size(), 1U);
  EXPECT_TRUE(boots[0].capture_kernel);
  const auto failure = FindCaptureFailure(boots[0].text);
  ASSERT_TRUE(failure) << boots[0].text;
  EXPECT_EQ(failure->code, "no_space");
}

TEST(BootFixtures, Pstore) {
  const Machine machine;
  machine.Put("pstore/oops-dmesg-ramoops-0.zst", "sys/fs/pstore/dmesg-ramoops-0", 1'796'054'093);
  machine.Put("pstore/panic-dmesg-ramoops-0.zst", "var/lib/systemd/pstore/dmesg-ramoops-0",
              1'796'053'908);
  machine.Put("pstore/panic-dmesg.txt.zst", "var/lib/systemd/pstore/dmesg.txt", 1'796'053'939);
  std::map<std::string, std::string> kinds;
  for (const auto& record : machine.LookAt(kAfter, kAfterBegan).pstore.ValueOr({})) {
    kinds[record.path] = record.kind;
  }
  const std::map<std::string, std::string> expected{
      {"/sys/fs/pstore/dmesg-ramoops-0", "Oops"},
      {"/var/lib/systemd/pstore/dmesg-ramoops-0", "Panic"},
      {"/var/lib/systemd/pstore/dmesg.txt", ""}};  // begins with the name of its first piece
  EXPECT_EQ(kinds, expected);
}

TEST(BootFixtures, EveryEndIsToldApart) {
  const Machine machine;
  machine.Put("wtmp.zst", "var/log/wtmp");
  machine.PutJournal("journal");
  const Facts facts = machine.LookAt(kUnarmed, kUnarmedBegan);
  CrashRecord crash;
  crash.id = "20261130t153843z-ffd7d455cc04fdc8";
  crash.directory = "202611301539";
  crash.vmcore = "dump.202611301539";
  crash.crash_time = kCrash;
  crash.dated = true;
  crash.state = DumpState::kComplete;
  crash.inspection = InspectionState::kDone;
  crash.seen_boot = kPowerCut;
  crash.ended_boot = kCrashed;
  const std::vector<CrashRecord> records{crash};
  std::vector<Heartbeat> beats{BeatOfBoot(kOrderly, kOrderlyBegan, 1'796'053'048, true),
                               BeatOfBoot(kCrashed, kCrashedBegan, 1'796'053'092, true),
                               BeatOfBoot(kPowerCut, kPowerCutBegan, 1'796'053'199, true)};
  beats[0].stopping = true;
  const BootEvidence evidence{
      .facts = facts,
      .records = records,
      .undecided = beats,
      .decided = {},
      .wtmp = machine.Wtmp(),
      .journal = Fact<std::vector<JournalBoot>>::Known(machine.Journal(kUnarmed), "journal"),
      .settled = true};
  std::string told;
  for (const EndedBoot& boot : EndedBoots(evidence)) {
    const auto decided = DecideBoot(boot, evidence);
    ASSERT_TRUE(decided);
    told += Cat(Told(*decided), '\n');
  }
  EXPECT_EQ(told,
            "7504 clean shutdown high\n"
            "16b9 captured dump_complete high\n"
            "e88a power_loss no_trace medium\n");
}

TEST(BootFixtures, APanicWhileNothingWasLoaded) {
  const Machine machine;
  machine.Put("pstore/panic-dmesg-ramoops-0.zst", "var/lib/systemd/pstore/dmesg-ramoops-0",
              1'796'053'908);
  machine.Put("pstore/panic-dmesg.txt.zst", "var/lib/systemd/pstore/dmesg.txt", 1'796'053'939);
  const Facts facts = machine.LookAt(kAfter, kAfterBegan);
  const std::vector<Heartbeat> beats{BeatOfBoot(kUnarmed, kUnarmedBegan, 1'796'053'902, false)};
  const BootEvidence evidence{.facts = facts,
                              .records = {},
                              .undecided = beats,
                              .decided = {},
                              .wtmp = {},
                              .journal = {},
                              .settled = true};
  const auto boots = EndedBoots(evidence);
  ASSERT_EQ(boots.size(), 1U);
  const auto decided = DecideBoot(boots[0], evidence);
  ASSERT_TRUE(decided);
  EXPECT_EQ(Told(*decided), "e61e missed not_armed high");
}

}  // namespace
}  // namespace kdumpd
