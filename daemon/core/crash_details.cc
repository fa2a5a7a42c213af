// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_details.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNotTainted = "Not tainted", kTainted = "Tainted: ";
constexpr std::string_view kModules = "Modules linked in:";

// The number at the start of the text, with how many characters it has.
std::string_view Digits(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

std::optional<std::string_view> Behind(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  return text.substr(at + mark.size());
}

template <class T>
std::optional<T> NumberBehind(std::string_view text, std::string_view mark) {
  auto rest = Behind(text, mark);
  if (!rest) return std::nullopt;
  rest->remove_prefix(std::min(rest->find_first_not_of(' '), rest->size()));
  const auto number = ParseUnsigned(Digits(*rest));
  if (!number || !std::in_range<T>(*number)) return std::nullopt;
  return static_cast<T>(*number);
}

// A task may be called anything: its name ends where the last of the marks begins that follow it.
std::size_t EndOfName(std::string_view text) {
  constexpr std::string_view kArmed = " Kdump: loaded";
  std::optional<std::size_t> last;
  for (const std::string_view mark : {" Tainted: ", " Not tainted"}) {
    const auto at = text.rfind(mark);
    if (at != std::string_view::npos) last = std::max(last.value_or(0), at);
  }
  const std::size_t end = last.value_or(text.size());
  return text.substr(0, end).ends_with(kArmed) ? end - kArmed.size() : end;
}

// RHEL prints its own taints behind the kernel's: "G  OE    --------- -  - 4.18.0".
std::string_view WithoutOwnTaints(std::string_view text) {
  for (text = Trim(text); !text.empty(); text = Trim(text)) {
    const std::string_view word = text.substr(0, text.find(' '));
    const bool dashes = word.find_first_not_of('-') == std::string_view::npos;
    const bool letter = word.size() == 1 && word[0] >= 'A' && word[0] <= 'Z';
    if (!dashes && !letter) break;
    text.remove_prefix(word.size());
  }
  return text;
}

// "name:12" or "name/12": the last such mark counts.
std::optional<TaskName> NameAndPid(std::string_view text, char mark) {
  const auto at = text.rfind(mark);
  if (at == std::string_view::npos || at + 1 == text.size()) return std::nullopt;
  const std::string_view digits = Digits(text.substr(at + 1));
  const auto pid = ParseUnsigned(digits);
  if (!pid || digits.size() + at + 1 != text.size()) return std::nullopt;
  return TaskName{Trim(text.substr(0, at)), static_cast<std::int64_t>(*pid), std::nullopt};
}

// "watchdog: BUG: soft lockup - CPU#0 stuck for 8s! [init:1]"
std::optional<TaskName> OfSoftLockup(std::string_view message) {
  const auto at = message.find("s! [");
  if (!message.contains("BUG: soft lockup") || at == std::string_view::npos) return std::nullopt;
  const std::string_view name = message.substr(at + 4);
  auto task = NameAndPid(name.substr(0, name.rfind(']')), ':');
  if (task) task->cpu = NumberBehind<std::uint32_t>(message, "CPU#");
  return task;
}

// "INFO: task init:1 blocked for more than 5 seconds."
std::optional<TaskName> OfHungTask(std::string_view message) {
  constexpr std::string_view kStart = "INFO: task ";
  if (!message.starts_with(kStart)) return std::nullopt;
  const auto end = message.rfind(" blocked ");
  if (end == std::string_view::npos || end < kStart.size()) return std::nullopt;
  return NameAndPid(message.substr(kStart.size(), end - kStart.size()), ':');
}

// "Read of size 8 at addr ffff888003d3f018 by task init/1"
std::optional<TaskName> OfSanitizer(std::string_view message) {
  constexpr std::string_view kBy = " by task ";
  const auto at = message.rfind(kBy);
  const bool access = message.starts_with("Read of size ") || message.starts_with("Write of size ");
  if (!access || at == std::string_view::npos) return std::nullopt;
  return NameAndPid(Trim(message.substr(at + kBy.size())), '/');
}

// "WARNING: CPU: 0 PID: 1 at kernel/x.c:1 f+0x1/0x2"
std::optional<TaskName> OfWarning(std::string_view message) {
  if (!message.starts_with("WARNING: CPU: ")) return std::nullopt;
  return TaskName{"", NumberBehind<std::int64_t>(message, "PID:"),
                  NumberBehind<std::uint32_t>(message, "CPU:")};
}

// "Process init (pid: 1, threadinfo ...": 3.x on x86, 4.x on arm64.
std::optional<TaskName> OfProcess(std::string_view message) {
  constexpr std::string_view kStart = "Process ";
  const auto at = message.rfind(" (pid: ");
  if (!message.starts_with(kStart) || at == std::string_view::npos || at < kStart.size()) {
    return std::nullopt;
  }
  return TaskName{message.substr(kStart.size(), at - kStart.size()),
                  NumberBehind<std::int64_t>(message.substr(at), "(pid:"), std::nullopt};
}

// sched_show_task(): "spin            R  running task        0  1234      1 0x00000008", since 5.14
// "task:spin            state:R  running task     stack:    0 pid: 1234 ppid:     1 flags:0x0".
std::optional<TaskName> OfTaskDump(std::string_view message) {
  constexpr std::string_view kTask = "task:", kState = " state:", kRunning = "running task";
  constexpr std::size_t kNameBytes = 15;
  if (message.starts_with(kTask)) {
    const auto state = message.rfind(kState);
    const auto pid = NumberBehind<std::int64_t>(message, " pid:");
    if (state == std::string_view::npos || !pid) return std::nullopt;
    return TaskName{Trim(message.substr(kTask.size(), state - kTask.size())), pid, std::nullopt};
  }
  const auto at = message.find(kRunning);
  if (at == std::string_view::npos || at <= kNameBytes) return std::nullopt;
  const auto numbers = Words(message.substr(at + kRunning.size()));
  const auto pid = numbers.size() > 2 ? ParseUnsigned(numbers[1]) : std::nullopt;
  if (!pid) return std::nullopt;
  return TaskName{Trim(message.substr(0, kNameBytes)), static_cast<std::int64_t>(*pid),
                  std::nullopt};
}

// "crashme(OE)", "nf_nat(+)"
bool IsModule(std::string_view word) {
  const auto name = word.substr(0, word.find('('));
  const bool flags = name.size() == word.size() || word.ends_with(')');
  return flags && !name.empty() && name.size() < 64 &&
         std::ranges::all_of(
             name, [](char c) { return IsAlphanumeric(c) || c == '_' || c == '-'; });
}

}  // namespace

std::optional<std::uint32_t> LeadingCpu(std::string_view text) {
  constexpr std::uint64_t kMostCpus = 65'536;
  const auto number = ParseUnsigned(text.substr(0, text.find_first_not_of("0123456789")));
  return number && *number <= kMostCpus ? std::optional(static_cast<std::uint32_t>(*number))
                                        : std::nullopt;
}

bool ParseTaint(std::string_view message, CpuLine& line) {
  std::string_view rest;
  const auto clean = message.rfind(kNotTainted), tainted = message.rfind(kTainted);
  const bool later = clean == std::string_view::npos || tainted > clean;
  if (tainted != std::string_view::npos && later) {
    rest = message.substr(tainted + kTainted.size());
    const auto end = std::min(rest.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ "), rest.size());
    line.taint = Trim(rest.substr(0, end));
    rest.remove_prefix(end);
  } else if (clean != std::string_view::npos) {
    rest = Trim(message.substr(clean + kNotTainted.size()));
  } else {
    return false;
  }
  rest = WithoutOwnTaints(rest);
  const std::string_view release = rest.substr(0, rest.find(' '));
  if (!release.empty() && IsDigit(release.front())) line.release = release;
  return true;
}

std::optional<CpuLine> ParseCpuLine(std::string_view message) {
  struct Form {
    std::string_view start, pid, task;
  };
  constexpr std::array kForms{Form{"CPU: ", "PID:", "Comm: "}, Form{"Pid: ", "Pid:", "comm: "}};
  for (const Form& form : kForms) {
    if (!message.starts_with(form.start)) continue;
    const auto at = message.find(form.task);
    if (at == std::string_view::npos) continue;
    CpuLine line;
    const std::string_view head = message.substr(0, at);
    line.pid = NumberBehind<std::int64_t>(head, form.pid);
    line.cpu = NumberBehind<std::uint32_t>(head, "CPU:");
    if (!line.pid) continue;
    const std::string_view rest = message.substr(at + form.task.size());
    const auto end = EndOfName(rest);
    line.task = Trim(rest.substr(0, end));
    ParseTaint(rest.substr(end), line);
    return line;
  }
  return std::nullopt;
}

std::optional<TaskName> ParseTaskName(std::string_view message) {
  for (auto* const form :
       {OfSoftLockup, OfHungTask, OfSanitizer, OfWarning, OfProcess, OfTaskDump}) {
    auto name = form(message);
    if (name) return name;
  }
  return std::nullopt;
}

std::string_view SourceFile(std::string_view message) {
  constexpr std::string_view kWarning = "WARNING: ";
  const auto mark = message.find(" at ");
  // 6.18: "WARNING: lib/refcount.c:28 at refcount_warn_saturate+0x1/0x2, CPU#0: init/1"
  const bool first = message.starts_with(kWarning) && message.contains(", CPU#");
  if (!first && mark == std::string_view::npos) return {};
  const std::string_view place = message.substr(first ? kWarning.size() : mark + 4);
  const std::string_view file = place.substr(0, place.find(':'));
  return file.contains(' ') || !file.contains('.') ? std::string_view() : file;
}

std::optional<std::uint64_t> FaultAddress(std::string_view message) {
  for (const std::string_view mark :
       {"address: ", "virtual address ", "virtual kernel address ", "for data at address ",
        "Failing address: ", "dereference at ", "request at ", " user page (", "on read at ",
        "on write at "}) {
    auto rest = Behind(message, mark);
    if (!rest) continue;
    if (rest->starts_with("0x")) rest->remove_prefix(2);
    if (rest->starts_with("(null)") || Trim(*rest).starts_with("(null)")) return 0;
    const auto end = std::min(rest->find_first_not_of("0123456789abcdef"), rest->size());
    const auto address = ParseUnsigned(rest->substr(0, end), 16);
    if (address) return address;
  }
  return std::nullopt;
}

bool IsModuleLine(std::string_view message) { return message.starts_with(kModules); }

bool AddModules(std::string_view list, std::vector<std::string>& modules) {
  if (IsModuleLine(list)) list.remove_prefix(kModules.size());
  list = Trim(list.substr(0, list.find("[last unloaded")));
  const auto words = Words(list);
  if (!std::ranges::all_of(words, IsModule)) return false;
  for (const std::string_view word : words) {
    if (modules.size() < kMaxModules) modules.emplace_back(word);
  }
  return true;
}

}  // namespace kdumpd
