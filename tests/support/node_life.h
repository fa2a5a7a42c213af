// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "daemon/core/text.h"
#include "tests/support/crash_metrics.h"
#include "tests/support/daemon.h"
#include "tests/support/machine_with_log.h"
#include "tests/support/wtmp_file.h"

namespace kdumpd {

inline std::int64_t Now() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch())
      .count();
}

// A node that is booted, ends, and is booted again, as directories; the real daemon runs over it.
class NodeLife {
 public:
  NodeLife() {
    WriteReadyNode(at_);
    at_.Write("root/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    std::filesystem::create_directories(at_.path() / "root/var/log");
    std::filesystem::create_directories(at_.path() / "root/sys/fs/pstore");
    std::filesystem::create_directories(at_.path() / "root/sys/class/watchdog");
    Boot(Now() - 3600);
  }

  // The next boot, which began then.
  void Boot(std::int64_t began) {
    ++boots_;
    began_ = began;
    at_.Write("root/proc/sys/kernel/random/boot_id", BootId(boots_, true) + "\n");
    at_.Write("root/proc/stat", Cat("cpu  1 2 3 4\nbtime ", began, "\nprocesses 9\n"));
    AppendWtmp(Path("root/var/log/wtmp"), began, true);
  }
  // "00000001-0000-4000-8000-000000000000", of the nth; or without dashes.
  static std::string BootId(int n, bool dashes = false) {
    const std::string first = Cat("0000000", n);
    return dashes ? first + "-0000-4000-8000-000000000000" : first + "000040008000000000000000";
  }
  [[nodiscard]] int boots() const { return boots_; }
  [[nodiscard]] std::int64_t began() const { return began_; }
  void Shutdown() const { AppendWtmp(Path("root/var/log/wtmp"), Now(), false); }

  void Start(std::vector<std::string> more = {}) {
    daemon_ = std::make_unique<Daemon>(at_, more, Cat("kdumpd-", ++starts_, ".log"));
  }
  // It has looked, and what it knows of this boot is on disk.
  bool Watches() const {
    return Eventually([&] {
      const Json beat = Json::parse(FileText(Path("state/heartbeat.json")), nullptr, false);
      return beat.is_object() && beat["beat"].is_object() &&
             beat["beat"]["boot_id"] == BootId(boots_) && beat["done_for"] == BootId(boots_);
    });
  }
  void Kill() {
    daemon_->process().Signal(SIGKILL);
    daemon_->process().Wait();
  }
  void Terminate() {
    daemon_->process().Signal(SIGTERM);
    daemon_->process().Wait();
  }
  Daemon& daemon() { return *daemon_; }

  [[nodiscard]] std::string Path(const std::string& name) const { return at_.path() / name; }
  void Write(const std::string& name, const std::string& text) const { at_.Write(name, text); }
  // A dump of a crash at that time, as RHEL's capture leaves it.
  void WriteDump(std::int64_t crash_time, const std::string& name = "vmcore",
                 const std::string& directory = "127.0.0.1-2026-11-22-08:10:00") const {
    Machine machine = machine_;
    machine.crash_time = crash_time;
    Write("root/var/crash/" + directory + "/" + name, KdumpDump(machine));
  }
  void WritePanic() const {
    Write("root/sys/fs/pstore/dmesg-ramoops-0",
          "Panic#1 Part1\n<6>[  100.000001] sysrq: Trigger a crash\n<0>[  100.100000] Kernel panic "
          "- not "
          "syncing: sysrq triggered crash\n");
  }
  void WriteWatchdog(int bootstatus) const {
    for (const auto& [name, text] :
         {std::pair("identity", "iTCO_wdt"), {"state", "inactive"}, {"timeout", "30"}}) {
      Write(Cat("root/sys/class/watchdog/watchdog0/", name), Cat(text, "\n"));
    }
    Write("root/sys/class/watchdog/watchdog0/bootstatus", Cat(bootstatus, "\n"));
  }

  using Json = nlohmann::json;
  // The newest boot that is decided; null while none is.
  [[nodiscard]] Json LastBoot() const {
    const Json boots = Json::parse(FileText(Path("state/boots.json")), nullptr, false);
    return boots.is_object() && !boots["boots"].empty() ? boots["boots"][0] : Json();
  }
  static int Counted(const std::string& metrics) { return CountedCrashes(metrics); }
  static int Unacknowledged(const std::string& metrics) {
    std::smatch match;
    const std::regex row("\nkdump_unacknowledged_crashes ([0-9]+)\n");
    return std::regex_search(metrics, match, row) ? std::stoi(match[1]) : -1;
  }

 private:
  const Machine machine_ = MachineWithLog("x86_64", "ring", SampleLog());
  ScratchDirectory at_;
  std::unique_ptr<Daemon> daemon_;
  int boots_ = 0;
  std::int64_t began_ = 0;
  int starts_ = 0;
};

}  // namespace kdumpd
