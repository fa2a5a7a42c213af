// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/capture_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>

#include "daemon/core/cmdline.h"
#include "daemon/core/config_dialects.h"
#include "daemon/core/crashkernel.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// In which family's capture kernel a word does harm.
constexpr unsigned kKdumpctl = 1;  // RHEL and CoreOS: an initramfs that never leaves for the root
constexpr unsigned kDebian = 2;    // the whole system, up to one unit
constexpr unsigned kSuse = 4;      // an initramfs too
constexpr unsigned kDracut = kKdumpctl | kSuse;
constexpr unsigned kAll = kDracut | kDebian;

unsigned FamilyOf(ConfigDialect dialect) {
  switch (dialect) {
    case ConfigDialect::kKdumpTools:
      return kDebian;
    case ConfigDialect::kSysconfig:
      return kSuse;
    case ConfigDialect::kKdumpConf:
      break;
  }
  return kKdumpctl;
}

bool Any(std::string_view) { return true; }
bool IsZero(std::string_view value) { return value == "0"; }
bool NotZero(std::string_view value) { return value != "0"; }
bool IsOn(std::string_view value) { return value == "on" || value == "1" || value == "y"; }
bool IsAmount(std::string_view value) {
  return !value.empty() && value.front() >= '0' && value.front() <= '9' && NotZero(value);
}
// "-" switches every cache's debugging off.
bool NotDash(std::string_view value) { return value != "-"; }
bool NotSystemd(std::string_view value) {
  return !value.ends_with("/systemd") && !value.ends_with("/sbin/init");
}
bool NotKdumpTools(std::string_view value) { return !value.starts_with("kdump-tools"); }
// 16 MiB: a tenth of what small reservations leave.
bool IsLarge(std::string_view value) {
  const auto bytes = MemParse(value);
  return bytes && *bytes >= 16ULL << 20;
}

enum class Which { kEach, kLast };

struct WordRule {
  std::string_view key;
  unsigned families;
  bool fatal;
  Which which;  // every occurrence counts, or the last one alone
  bool (*harms)(std::string_view value);
  std::string_view reason;
  std::string_view text;  // follows the word
};
// Documentation/admin-guide/kernel-parameters.txt, dracut.cmdline(7), initramfs-tools(7),
// systemd(1); kdump-utils removes the first ones for the same reasons.
constexpr WordRule kRules[] = {
    {"crashkernel", kAll, kFatal, Which::kEach, Any, "crashkernel_kept",
     "makes the capture kernel reserve memory out of its own small part"},
    {"hugepages", kAll, kFatal, Which::kEach, NotZero, "hugepages_kept",
     "takes the capture kernel's memory before anything else runs"},
    {"ignition.firstboot", kKdumpctl, kFatal, Which::kEach, Any, "ignition_kept",
     "makes the capture kernel run Ignition instead of the dump"},
    {"rd.break", kDracut, kFatal, Which::kEach, Any, "stops_in_shell",
     "stops the capture kernel in a shell that nobody sees"},
    {"break", kDebian, kFatal, Which::kEach, Any, "stops_in_shell",
     "stops the capture kernel in a shell that nobody sees"},
    {"rdinit", kAll, kFatal, Which::kLast, Any, "init_replaced",
     "runs another program than the initramfs's own"},
    {"init", kDebian, kFatal, Which::kLast, NotSystemd, "init_replaced",
     "runs another program than systemd, which starts the dump"},
    {"systemd.unit", kDebian, kFatal, Which::kLast, NotKdumpTools, "unit_replaced",
     "starts another unit than kdump-tools-dump.service"},
    {"rd.systemd.unit", kDracut, kFatal, Which::kLast, Any, "unit_replaced",
     "starts another unit than the one that dumps"},
    {"hugetlb_cma", kAll, kWarning, Which::kLast, NotZero, "hugetlb_cma_kept",
     "sets aside memory that the capture kernel needs"},
    {"swiotlb", kAll, kWarning, Which::kLast, IsAmount, "swiotlb_kept",
     "sets aside memory that the capture kernel needs"},
    {"log_buf_len", kAll, kWarning, Which::kLast, IsLarge, "log_buffer_large",
     "sets aside memory that the capture kernel needs"},
    {"mem", kAll, kWarning, Which::kEach, IsAmount, "memory_limited",
     "may cut off the very memory that the capture kernel runs in"},
    {"memmap", kAll, kWarning, Which::kEach, Any, "memory_map_changed",
     "changes the map that kexec gives the capture kernel"},
    {"kasan", kAll, kWarning, Which::kLast, IsOn, "debug_memory",
     "makes the capture kernel need far more memory"},
    {"page_owner", kAll, kWarning, Which::kLast, IsOn, "debug_memory",
     "makes the capture kernel need far more memory"},
    {"slub_debug", kAll, kWarning, Which::kLast, NotDash, "debug_memory",
     "makes the capture kernel need far more memory"},
    {"slab_debug", kAll, kWarning, Which::kLast, NotDash, "debug_memory",
     "makes the capture kernel need far more memory"},
    {"mce", kAll, kWarning, Which::kLast, IsZero, "mce_not_off",
     "leaves machine checks on, and one of them ends the dump; mce=off is meant"},
};

struct Limit {
  std::string_view architecture;
  std::size_t bytes;  // with the final NUL
};
// COMMAND_LINE_SIZE of arch/*/include/uapi/asm/setup.h.
constexpr Limit kLimits[] = {
    {"x86_64", 2048}, {"aarch64", 2048}, {"ppc64le", 2048}, {"s390x", 4096}};
// " elfcorehdr=0x..." is added at the load: MAX_ELFCOREHDR_STR_LEN,
// arch/x86/kernel/kexec-bzimage64.c.
constexpr std::size_t kElfcorehdrBytes = 30;

// '-' and '_' in keys are the same to the kernel.
bool SameKey(std::string_view a, std::string_view b) {
  const auto dashed = [](char c) { return c == '_' ? '-' : c; };
  return std::ranges::equal(a, b, {}, dashed, dashed);
}

// The word that harms, or nullptr.
const CmdlineArg* Harmful(const WordRule& rule, const std::vector<CmdlineArg>& args) {
  for (const CmdlineArg& arg : args | std::views::reverse) {
    if (!SameKey(arg.key, rule.key)) continue;
    if (rule.harms(arg.value ? std::string_view(*arg.value) : "")) return &arg;
    if (rule.which == Which::kLast) return nullptr;
  }
  return nullptr;
}

std::string Shown(const CmdlineArg& arg) {
  const std::string text =
      arg.value ? Cat(arg.key, '=', Redact(arg.key, *arg.value)) : std::string(arg.key);
  return Printable(text, 80);
}

void CheckLength(const CaptureLine& line, std::string_view architecture,
                 std::vector<CaptureProblem>& problems) {
  const auto* limit = std::ranges::find(kLimits, architecture, &Limit::architecture);
  if (limit == std::end(kLimits) || line.text.size() + kElfcorehdrBytes < limit->bytes) return;
  problems.push_back(
      {kFatal, "too_long",
       Cat("it is ", line.text.size(), " bytes long, and with the ", kElfcorehdrBytes,
           " that kexec adds ", architecture, " takes at most ", limit->bytes - 1),
       ""});
}

void CheckMissing(const CaptureLine& line, const std::vector<CmdlineArg>& args, unsigned family,
                  std::string_view architecture, std::vector<CaptureProblem>& problems) {
  const auto has = [&](std::string_view key) {
    return std::ranges::any_of(args, [&](const CmdlineArg& arg) { return SameKey(arg.key, key); });
  };
  // SUSE's KDUMP_CPUS=0 means all processors, and is the default.
  const bool few = family != kSuse || line.replaced;
  if (few && !has("nr_cpus") && !has("maxcpus")) {
    problems.push_back({kWarning, "cpus_not_limited",
                        "neither nr_cpus= nor maxcpus= is in it, and each processor needs memory",
                        ""});
  }
  // s390x resets its devices by itself; the vendor leaves the word out there.
  if (architecture != "s390x" && !has("reset_devices")) {
    problems.push_back({kWarning, "no_reset_devices",
                        "reset_devices is not in it, so drivers meet devices in the state of the "
                        "crash",
                        ""});
  }
  if (family == kDebian && !has("systemd.unit")) {
    problems.push_back({kWarning, "unit_missing",
                        "systemd.unit=kdump-tools-dump.service is not in it, so the whole system "
                        "starts in the capture kernel's memory",
                        ""});
  }
}

}  // namespace

std::vector<CaptureProblem> ProblemsOf(const CaptureLine& line, ConfigDialect dialect,
                                       std::string_view architecture) {
  std::vector<CaptureProblem> problems;
  const unsigned family = FamilyOf(dialect);
  const std::vector<CmdlineArg> args = ParseCmdline(line.text);
  CheckLength(line, architecture, problems);
  for (const WordRule& rule : kRules) {
    const CmdlineArg* arg = (rule.families & family) != 0 ? Harmful(rule, args) : nullptr;
    if (arg == nullptr) continue;
    const std::string shown = Shown(*arg);
    problems.push_back({rule.fatal, std::string(rule.reason), Cat(shown, ' ', rule.text), shown});
  }
  CheckMissing(line, args, family, architecture, problems);
  // The fatal ones first, each kind in the table's order.
  std::vector<CaptureProblem> ordered;
  for (const bool fatal : {true, false}) {
    for (const CaptureProblem& problem : problems) {
      if (problem.fatal == fatal) ordered.push_back(problem);
    }
  }
  return ordered;
}

// In each gen-kdump-sysconfig.sh of kdump-utils and in the kdump.sysconfig of kexec-tools before.
std::vector<std::string_view> MissingRemovals(std::string_view list) {
  const std::vector<std::string_view> words = QuotedWords(list);
  std::vector<std::string_view> missing;
  for (const std::string_view word : {"hugepages", "hugepagesz", "slub_debug"}) {
    if (std::ranges::find(words, word, KeyOf) == words.end()) missing.push_back(word);
  }
  return missing;
}

}  // namespace kdumpd
