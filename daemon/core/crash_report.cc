// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_report.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/clean_text.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kCrashCategories> kNames{"null_dereference",
                                                                "page_fault",
                                                                "general_protection",
                                                                "kernel_bug",
                                                                "invalid_opcode",
                                                                "divide_error",
                                                                "double_fault",
                                                                "stack_corruption",
                                                                "soft_lockup",
                                                                "hard_lockup",
                                                                "hung_task",
                                                                "rcu_stall",
                                                                "oom",
                                                                "machine_check",
                                                                "nmi",
                                                                "serror",
                                                                "sysrq",
                                                                "init_killed",
                                                                "rootfs_mount",
                                                                "kasan",
                                                                "list_corruption",
                                                                "memory_corruption",
                                                                "warning",
                                                                "fs_error",
                                                                "watchdog_hw",
                                                                "panic_other",
                                                                "unknown"};
constexpr std::array<std::string_view, kFrameContexts> kContexts{"task", "irq", "nmi", "exception"};
constexpr std::array<std::string_view, 4> kBases{"", "frames", "message", "none"};

constexpr std::size_t kTaskBytes = 64;  // 15 in the kernel; workers say more of themselves
constexpr std::size_t kSymbolBytes = 128;
constexpr std::size_t kModuleBytes = 64;
constexpr std::size_t kLineBytes = 256;
constexpr std::size_t kTaintBytes = 24;
constexpr std::size_t kPreImageBytes = 2048;
constexpr std::uint32_t kMostCpus = 65'536;
constexpr std::int64_t kMostPids = 1 << 30;
constexpr std::uint64_t kLongestUptimeUs = (std::uint64_t{1} << 31) * 1'000'000;

bool IsHash(std::string_view hash) {
  constexpr std::string_view kVersion = "v1-";
  return hash.size() == 19 && hash.starts_with(kVersion) &&
         hash.find_first_not_of("0123456789abcdef", kVersion.size()) == std::string_view::npos;
}

// Lines stay lines.
std::string CleanLines(std::string_view text, std::size_t most) {
  std::string clean;
  text = text.substr(0, most);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    clean += CleanText(text.substr(0, end), kLineBytes);
    clean += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (clean.size() > most) clean.resize(clean.rfind('\n', most - 1) + 1);
  return clean;
}

template <class T>
void Resize(std::vector<T>& list, std::size_t most) {
  if (list.size() > most) list.resize(most);
}

void CleanSignature(CrashSignature& signature) {
  signature.version = 1;
  if (!IsHash(signature.hash)) signature.hash.clear();
  if (std::ranges::find(kBases, signature.basis) == kBases.end()) signature.basis = "none";
  signature.pre_image = CleanLines(signature.pre_image, kPreImageBytes);
}

}  // namespace

std::string_view Name(CrashCategory category) {
  const auto index = static_cast<std::size_t>(category);
  return index < kNames.size() ? kNames[index] : kNames.back();
}

std::string_view Name(FrameContext context) {
  const auto index = static_cast<std::size_t>(context);
  return index < kContexts.size() ? kContexts[index] : kContexts.front();
}

void Sanitize(CrashReport& report) {
  const std::pair<std::string*, std::size_t> texts[] = {
      {&report.title, kLineBytes},
      {&report.reason, kLineBytes},
      {&report.panic_message, kLineBytes},
      {&report.task, kTaskBytes},
      {&report.function, kSymbolBytes},
      {&report.module, kModuleBytes},
      {&report.kernel_release, kModuleBytes},
      {&report.hardware, kLineBytes},
      {&report.taint, kTaintBytes},
  };
  for (const auto& [text, most] : texts) *text = CleanText(*text, most);
  if (report.cpu && *report.cpu > kMostCpus) report.cpu.reset();
  if (report.pid && (*report.pid < 0 || *report.pid > kMostPids)) report.pid.reset();
  if (report.at_us && *report.at_us > kLongestUptimeUs) report.at_us.reset();
  Resize(report.frames, kMaxFrames);
  for (StackFrame& frame : report.frames) {
    frame.function = CleanText(frame.function, kSymbolBytes);
    frame.module = CleanText(frame.module, kModuleBytes);
  }
  Resize(report.modules, kMaxModules);
  for (std::string& module : report.modules) module = CleanText(module, kModuleBytes);
  Resize(report.last_lines, kMaxLastLines);
  for (std::string& line : report.last_lines) line = CleanText(line, kLineBytes);
  CleanSignature(report.signature);
}

}  // namespace kdumpd
