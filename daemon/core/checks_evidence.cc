// SPDX-License-Identifier: Apache-2.0
// Checks of what the machine shows and remembers: consoles, pstore, watchdogs, labels.
#include <algorithm>

#include "daemon/core/checks.h"
#include "daemon/core/kernel_argument.h"
#include "daemon/core/serial_port.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kUsualSpeed = 115'200;             // bits per second
constexpr std::int64_t kRememberedSeconds = 30LL * 86400;  // as for incomplete_dumps
constexpr std::int64_t kClockErrorSeconds = 86400;         // a clock in another zone
constexpr std::int64_t kSameCrashSeconds = 3600;           // record and dump of one crash
constexpr std::size_t kShown = 3;
constexpr std::int64_t kCardReset = 0x20;  // linux/watchdog.h WDIOF_CARDRESET

const Console* Find(const std::vector<Console>& consoles, std::string_view name) {
  const auto found =
      std::ranges::find_if(consoles, [&](const Console& one) { return one.name == name; });
  return found == consoles.end() ? nullptr : &*found;
}

const Console* Serial(const std::vector<Console>& consoles) {
  const auto found = std::ranges::find_if(
      consoles, [](const Console& one) { return one.enabled && IsSerial(one.name); });
  return found == consoles.end() ? nullptr : &*found;
}

Finding SerialProblem(const Facts& facts, std::string_view reason, std::string message,
                      std::string_view port) {
  return Found(Status::kWarn, reason, std::move(message),
               {{facts.consoles.source(), Printable(port)}},
               AddKernelArgument(facts, Cat("console=", Printable(port), ",115200n8")));
}

// A record of a panic that may still be news.
bool IsNews(const PstoreRecord& record, std::int64_t now) {
  return record.kind == "Panic" && record.mtime > now - kRememberedSeconds &&
         record.mtime < now + kClockErrorSeconds;
}

bool HasDump(const Facts& facts, const PstoreRecord& record) {
  if (!facts.dumps.known()) return false;
  return std::ranges::any_of(facts.dumps.value(), [&](const Dump& dump) {
    return dump.crash_time >= record.mtime - kSameCrashSeconds &&
           dump.crash_time <= record.mtime + kSameCrashSeconds;
  });
}

// The newest first.
std::vector<PstoreRecord> UncapturedPanics(const Facts& facts) {
  std::vector<PstoreRecord> panics;
  for (const PstoreRecord& record : facts.pstore.value()) {
    if (IsNews(record, facts.now) && !HasDump(facts, record)) panics.push_back(record);
  }
  std::ranges::sort(panics, std::ranges::greater{}, &PstoreRecord::mtime);
  return panics;
}

std::string AgeOf(const PstoreRecord& record, std::int64_t now) {
  return FormatSeconds(static_cast<std::uint64_t>(std::max<std::int64_t>(now - record.mtime, 0)));
}

// An image that is older than the panic and is loaded today was there to be loaded that day.
bool ProbablyArmed(const Facts& facts, const PstoreRecord& panic) {
  return facts.crash_loaded.Is(true) && facts.initrd.known() && facts.initrd->mtime < panic.mtime;
}

Finding Uncaptured(const Facts& facts, const std::vector<PstoreRecord>& panics) {
  const PstoreRecord& newest = panics.front();
  std::vector<Evidence> evidence;
  for (const PstoreRecord& record : panics) {
    if (evidence.size() == kShown) break;
    evidence.push_back({Printable(record.path), Cat("Panic, ", AgeOf(record, facts.now), " ago")});
  }
  std::string remedy = Cat("read ", Printable(newest.path),
                           " and the console of that time; when the cause is known, move it away");
  if (!ProbablyArmed(facts, newest)) {
    return Found(Status::kWarn, "perhaps_unarmed",
                 Cat("a panic ", AgeOf(newest, facts.now),
                     " ago left a record and no dump; whether kdump was armed then is not known"),
                 std::move(evidence), std::move(remedy));
  }
  return Found(Status::kFail, "not_captured",
               Cat("a panic ", AgeOf(newest, facts.now),
                   " ago left a record and no dump: kdump did not take over, or the capture kernel "
                   "panicked too"),
               std::move(evidence), std::move(remedy));
}

// The third of user:role:type:level.
std::string_view TypeOf(std::string_view label) {
  const auto parts = Split(label, ':');
  return parts.size() < 3 ? std::string_view() : parts[2];
}

// Why this node cannot see the dump directory; "" when it can.
std::string_view Elsewhere(const Facts& facts) {
  if (facts.target.absent()) return "no target is configured";
  if (facts.target_path.known() && !facts.target_path->is_directory) {
    return "the dump directory does not exist yet";
  }
  if (!facts.target.known()) return {};
  if (IsRemote(facts.target->kind)) return "the target is on another machine";
  return facts.target->live_path.empty() ? "the target is not mounted here" : "";
}

}  // namespace

// Source: fs/proc/consoles.c; kernel/printk/printk.c: the last console= is /dev/console.
Finding SerialConsole(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.consoles.known()) return NotKnown(facts.consoles);
  const std::vector<Console>& consoles = facts.consoles.value();
  const Console* serial = Serial(consoles);
  if (serial == nullptr) {
    return SerialProblem(facts, "none",
                         "no serial console: nobody sees why a capture kernel failed", "ttyS0");
  }
  if (!facts.cmdline.known()) return NotKnown(facts.cmdline);
  for (const SerialArgument& argument : SerialArguments(facts.cmdline.value())) {
    if (Find(consoles, argument.port) != nullptr) continue;
    Finding finding = SerialProblem(
        facts, "absent_port",
        Cat("console=", Printable(argument.port, 32), " names a port that is not there"),
        serial->name);
    finding.evidence.push_back(
        {facts.cmdline.source(), Cat("console=", Printable(argument.port, 32))});
    return finding;
  }
  const auto preferred = std::ranges::find_if(consoles, &Console::preferred);
  if (preferred != consoles.end() && !IsSerial(preferred->name)) {
    return SerialProblem(
        facts, "not_preferred",
        Cat("/dev/console is ", Printable(preferred->name), ": ", Printable(serial->name),
            " shows the kernel's messages, not those of the capture's programs"),
        serial->name);
  }
  const auto speed = SpeedOf(facts, serial->name);
  if (speed && *speed < kUsualSpeed) {
    return SerialProblem(facts, "slow",
                         Cat(Printable(serial->name), " runs at ", *speed,
                             " bits per second: long messages delay the dump"),
                         serial->name);
  }
  return Found(Status::kPass, "there", Cat("messages appear on ", Printable(serial->name)),
               {{facts.consoles.source(), Printable(serial->name)}});
}

// Source: fs/pstore/platform.c pstore_dump, called by kernel/panic.c kmsg_dump after the capture
// kernel should have started, unless crash_kexec_post_notifiers.
Finding PstoreRecords(const Facts& facts, const Numbers&, const Policy&) {
  if (facts.pstore.absent()) return NotApplicable("no_pstore", "nothing here keeps a kernel log");
  if (!facts.pstore.known()) return NotKnown(facts.pstore);
  const auto panics = UncapturedPanics(facts);
  if (!panics.empty() && facts.dumps_partial) {
    return Found(Status::kUnknown, "scan_unfinished",
                 "a panic left a record; its dump may be among those not looked at yet", {});
  }
  const Fact<std::int64_t>& notifiers = facts.At(Knob::kPostNotifiers);
  if (!panics.empty() && notifiers.unreadable()) return NotKnown(notifiers);
  if (!panics.empty() && notifiers.ValueOr(0) == 0) return Uncaptured(facts, panics);
  if (!panics.empty()) {
    return Found(Status::kPass, "before_kexec",
                 "a panic left a record, which is written before the capture kernel starts here",
                 {{notifiers.source(), Cat(notifiers.value())}});
  }
  const std::size_t kept = facts.pstore->size();
  return Found(Status::kPass, kept == 0 ? "none" : "no_news",
               kept == 0
                   ? std::string("no crash left a record")
                   : Cat(kept, " records, none of a panic without a dump in the last 30 days"),
               {{facts.pstore.source(), Cat(kept)}});
}

// Source: linux/watchdog.h. The bit stands until the next boot.
Finding WatchdogBootstatus(const Facts& facts, const Numbers&, const Policy&) {
  if (facts.watchdogs.unreadable()) return NotKnown(facts.watchdogs);
  if (facts.watchdogs.ValueOr({}).empty()) {
    return NotApplicable("no_watchdog", "there is no watchdog");
  }
  for (const Watchdog& one : facts.watchdogs.value()) {
    if ((one.bootstatus & kCardReset) == 0) continue;
    return Found(
        Status::kWarn, "reset_by_watchdog",
        Cat(Printable(one.name), " (", Printable(one.identity, 64), ", ", one.timeout_seconds,
            " s) ended the last boot: a hang, or a dump that took longer"),
        {{Cat(facts.watchdogs.source(), '/', Printable(one.name), "/bootstatus"),
          Cat(one.bootstatus)}},
        "journalctl -k -b -1 shows the end of that boot; a longer timeout, or the "
        "watchdog's driver in the kdump image, protects a dump");
  }
  return Found(Status::kPass, "no_reset", "no watchdog ended the last boot",
               {{facts.watchdogs.source(), "bootstatus 0"}});
}

// Source: kdump-utils kdumpctl selinux_relabel, which labels what has no label only;
// selinux-policy kdump.fc: /var/crash is kdump_crash_t.
Finding SelinuxDumpPath(const Facts& facts, const Numbers&, const Policy&) {
  const Fact<std::string>& label = facts.selinux_label;
  const std::string_view elsewhere = Elsewhere(facts);
  if (!elsewhere.empty()) return NotApplicable("elsewhere", std::string(elsewhere));
  if (label.absent()) return NotApplicable("no_selinux", "SELinux is not in use");
  if (!label.known()) return NotKnown(label);
  const std::string_view type = TypeOf(label.value());
  const std::string path = facts.target.known() ? facts.target->live_path : label.source();
  const Evidence evidence{path, Printable(label.value())};
  const std::string remedy = Cat("restorecon -R ", Printable(path));
  if (type.empty() || type == "unlabeled_t") {
    return Found(Status::kWarn, "unlabeled",
                 "the dump directory has no SELinux label: programs that collect dumps may be "
                 "denied",
                 {evidence}, remedy);
  }
  const bool red_hat =
      facts.distribution == Distribution::kRhel || facts.distribution == Distribution::kCoreos;
  const bool default_place = facts.target.known() && facts.target->live_path == "/var/crash";
  if (red_hat && default_place && type != "kdump_crash_t") {
    return Found(Status::kWarn, "other_label",
                 Cat("the dump directory is labelled ", Printable(type),
                     ", not kdump_crash_t as the policy says"),
                 {evidence}, remedy);
  }
  return Found(Status::kPass, "labelled", "the dump directory has a SELinux label", {evidence});
}

}  // namespace kdumpd
