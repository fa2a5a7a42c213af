// SPDX-License-Identifier: Apache-2.0
#include "systemd/journal_boots.h"

#include <fcntl.h>
#include <systemd/sd-messages.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <ranges>
#include <system_error>

#include "daemon/core/clean_text.h"
#include "daemon/core/journal_wire.h"
#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "systemd/journal.h"

namespace kdumpd {
namespace {

// Entries that are looked at, of one boot each.
constexpr int kFirstOfKernel = 512;  // until its command line
constexpr int kLastOfKernel = 512;   // a panic, and the trace that may follow it
constexpr int kSigns = 64;           // of how it ended, true or not
constexpr int kStepsBack = 10'000;   // from the end of the journal to an earlier boot

std::string OfBoot(const std::string& id) { return Cat("_BOOT_ID=", id); }

// What the kernel itself says: facility 0, which nobody else can write to /dev/kmsg.
bool FromKernel(const Journal& journal) {
  const std::string facility = journal.Field("SYSLOG_FACILITY", 8);
  return facility.empty() || facility == "0";
}

// Of a kernel that was started by another that crashed. kexec(8) and kexec_file_load(2) put
// elfcorehdr= on the command line; on arm64 and riscv it is in the device tree, and
// drivers/of/fdt.c tells of it.
bool TellsOfCapture(std::string_view message) {
  if (message.starts_with("Command line: ") || message.starts_with("Kernel command line: ")) {
    return std::ranges::any_of(
        Words(message), [](std::string_view word) { return word.starts_with("elfcorehdr="); });
  }
  return message.contains("Reserving ") && message.ends_with(" for elfcorehdr");
}

bool IsCaptureKernel(Journal& journal, const std::string& id) {
  journal.Only({OfBoot(id), "_TRANSPORT=kernel"});
  bool more = journal.ToFirst();
  for (int i = 0; more && i < kFirstOfKernel; ++i, more = journal.Next()) {
    if (FromKernel(journal) && TellsOfCapture(journal.Field("MESSAGE"))) return true;
  }
  return false;
}

std::string PanicLine(Journal& journal, const std::string& id) {
  constexpr std::string_view kPanic = "Kernel panic - not syncing";
  constexpr std::string_view kEnd = "---[ end ";
  // At its beginning: a USB device that calls itself so has it in a line of the kernel too.
  const auto tells = [&](std::string_view message) {
    if (message.starts_with(kEnd)) message.remove_prefix(kEnd.size());
    return message.starts_with(kPanic);
  };
  journal.Only({OfBoot(id), "_TRANSPORT=kernel"});
  std::string line;
  bool more = journal.ToLast();
  for (int i = 0; more && i < kLastOfKernel; ++i, more = journal.Previous()) {
    std::string message = journal.Field("MESSAGE", kJournalLineBytes);
    if (!tells(message) || !FromKernel(journal)) continue;
    line = std::move(message);
    if (line.starts_with(kPanic)) break;  // else "---[ end Kernel panic - ...", which comes last
  }
  return line;
}

// What an entry says of the end of its boot. Fields that begin with '_' are journald's own word.
enum class Sign { kNone, kGoesDown, kGoesOn };

Sign SignOf(const Journal& journal) {
  const std::string id = journal.Field("MESSAGE_ID", 64);
  const bool of_journald = journal.Field("_TRANSPORT", 16) == "driver";
  const bool of_systemd = journal.Field("_PID", 16) == "1";
  const bool of_root = journal.Field("_UID", 16) == "0";
  // logind, when it starts reboot.target or one of its kind.
  if (id == SD_MESSAGE_SHUTDOWN_STR && of_root) return Sign::kGoesDown;
  // shutdown.target is reached: also when nobody asked logind, as with Ctrl-Alt-Del.
  if (id == SD_MESSAGE_UNIT_STARTED_STR && of_systemd) return Sign::kGoesDown;
  // systemd-shutdown ends journald last. Who restarts it ends it too, so what follows counts.
  if (id == SD_MESSAGE_JOURNAL_STOP_STR && of_journald) return Sign::kGoesDown;
  if (id == SD_MESSAGE_JOURNAL_START_STR && of_journald) return Sign::kGoesOn;
  // systemctl soft-reboot goes down and up again in one boot.
  if (id == SD_MESSAGE_STARTUP_FINISHED_STR && of_systemd) return Sign::kGoesOn;
  return Sign::kNone;
}

// By the newest sign. "Journal stopped" is often missing: where /var is a file system of its own,
// journald leaves it early in an orderly shutdown, and all that follows is lost.
bool WentDown(Journal& journal, const std::string& id) {
  journal.Only(
      {OfBoot(id), "MESSAGE_ID=" SD_MESSAGE_SHUTDOWN_STR, "MESSAGE_ID=" SD_MESSAGE_JOURNAL_STOP_STR,
       "MESSAGE_ID=" SD_MESSAGE_JOURNAL_START_STR, "MESSAGE_ID=" SD_MESSAGE_STARTUP_FINISHED_STR});
  journal.Or(
      {OfBoot(id), "MESSAGE_ID=" SD_MESSAGE_UNIT_STARTED_STR, "_PID=1", "UNIT=shutdown.target"});
  bool more = journal.ToLast();
  for (int i = 0; more && i < kSigns; ++i, more = journal.Previous()) {
    const Sign sign = SignOf(journal);
    if (sign != Sign::kNone) return sign == Sign::kGoesDown;
  }
  return false;
}

std::string LineOf(const Journal& journal) {
  std::string who = journal.Field("SYSLOG_IDENTIFIER", 64);
  if (who.empty()) who = journal.Field("_TRANSPORT", 16) == "kernel" ? "kernel" : "";
  if (who.empty()) who = journal.Field("_COMM", 64);
  if (who.empty()) who = "unknown";
  return CleanText(Cat(who, ": ", journal.Field("MESSAGE", kJournalLineBytes)), kJournalLineBytes);
}

std::string NewestLines(Journal& journal, const std::string& id) {
  journal.Only({OfBoot(id)});
  std::vector<std::string> lines;
  std::size_t size = 0;
  for (bool more = journal.ToLast(); more && lines.size() < kJournalTextLines;
       more = journal.Previous()) {
    std::string line = LineOf(journal);
    size += line.size() + 1;
    if (size > kJournalTextBytes) break;
    lines.push_back(std::move(line));
  }
  std::string text;
  for (const std::string& line : lines | std::views::reverse) {
    text += Cat(text.empty() ? "" : "\n", line);
  }
  return text;
}

JournalBoot Look(Journal& journal, const std::string& id) {
  JournalBoot boot;
  boot.boot_id = id;
  journal.Only({OfBoot(id)});
  if (journal.ToFirst()) boot.first = journal.Seconds();
  if (journal.ToLast()) boot.last = journal.Seconds();
  boot.shutdown = WentDown(journal, id);
  boot.capture_kernel = IsCaptureKernel(journal, id);
  boot.panic = PanicLine(journal, id);
  if (boot.capture_kernel) boot.text = NewestLines(journal, id);
  return boot;
}

// The boot before the last of `passed`; "" when there is none.
std::string BootBefore(Journal& journal, const std::vector<std::string>& passed) {
  const auto next = [&](int steps) -> std::string {
    for (; steps > 0 && journal.Previous(); --steps) {
      std::string id = journal.BootId();
      if (!id.empty() && std::ranges::find(passed, id) == passed.end()) return id;
    }
    return "";
  };
  journal.Only({OfBoot(passed.back())});
  if (journal.ToFirst()) {
    journal.Only({});
    if (std::string id = next(kSigns); !id.empty()) return id;
  }
  // Nothing of the running boot is there yet, or its clock was wrong when it began, so that it is
  // not where it belongs: back from the end.
  journal.Only({});
  if (!journal.SeekEnd()) return "";
  return next(kStepsBack);
}

// No entry at all: because nobody wrote any, or because we cannot read them?
Result<void> WhyEmpty(int directory) {
  std::error_code ignored;
  int files = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(Cat("/proc/self/fd/", directory), ignored)) {
    const std::string name = file.path().filename();
    if (!name.starts_with("system") || !name.contains(".journal") || ++files > 100) continue;
    const UniqueFd fd(
        ::openat(directory, name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd && (errno == EACCES || errno == EPERM)) {
      return Fail(ErrorCode::kPermission, Cat("opening ", Printable(name), " of the journal: ",
                                              std::generic_category().message(errno)));
    }
  }
  if (files == 0) return {};
  return Fail(ErrorCode::kInvalid, "no file of the journal can be read");
}

}  // namespace

Result<std::vector<JournalBoot>> BootsInJournal(int directory, const std::string& current_boot_id,
                                                std::size_t most) {
  auto journal = Journal::Open(directory);
  if (!journal) return std::unexpected(std::move(journal).error());
  std::vector<JournalBoot> boots;
  if (!journal->ToLast()) {
    if (const auto why = WhyEmpty(directory); !why) return std::unexpected(why.error());
    return boots;
  }
  std::vector<std::string> passed{current_boot_id};
  while (boots.size() < most) {
    std::string id = BootBefore(*journal, passed);
    if (id.empty()) break;
    boots.push_back(Look(*journal, id));
    passed.push_back(std::move(id));
  }
  return boots;
}

}  // namespace kdumpd
