// SPDX-License-Identifier: Apache-2.0
// Whether the next boot sets what this one has: sysctl.d, the command line, and the tools that set
// a value by themselves.
#include <algorithm>
#include <array>
#include <optional>
#include <ranges>

#include "daemon/core/checks.h"
#include "daemon/core/cmdline.h"

namespace kdumpd {
namespace {

using LiveValue = const Fact<std::int64_t>& (*)(const Facts&);
template <Knob knob>
const Fact<std::int64_t>& Live(const Facts& facts) {
  return facts.At(knob);
}

// kernel.nmi_watchdog is left out: without counters the kernel refuses 1 at every boot.
struct Row {
  std::string_view key;
  LiveValue live;
};
constexpr std::array kRows{
    Row{"kernel.panic", [](const Facts& f) -> const auto& { return f.panic_timeout; }},
    Row{"kernel.panic_on_oops", [](const Facts& f) -> const auto& { return f.panic_on_oops; }},
    Row{"kernel.kexec_load_disabled",
        [](const Facts& f) -> const auto& { return f.kexec_load_disabled; }},
    Row{"kernel.oops_limit", Live<Knob::kOopsLimit>},
    Row{"kernel.warn_limit", Live<Knob::kWarnLimit>},
    Row{"kernel.softlockup_panic", Live<Knob::kSoftlockupPanic>},
    Row{"kernel.hardlockup_panic", Live<Knob::kHardlockupPanic>},
    Row{"kernel.hung_task_panic", Live<Knob::kHungTaskPanic>},
    Row{"kernel.panic_on_rcu_stall", Live<Knob::kPanicOnRcuStall>},
    Row{"kernel.unknown_nmi_panic", Live<Knob::kUnknownNmiPanic>},
    Row{"kernel.panic_on_unrecovered_nmi", Live<Knob::kPanicOnUnrecoveredNmi>},
    Row{"kernel.panic_on_io_nmi", Live<Knob::kPanicOnIoNmi>},
    Row{"kernel.panic_on_warn", Live<Knob::kPanicOnWarn>},
    Row{"kernel.panic_print", Live<Knob::kPanicPrint>},
    Row{"kernel.sysrq", Live<Knob::kSysrq>},
    Row{"vm.panic_on_oom", Live<Knob::kPanicOnOom>},
};

// What a program sets after systemd-sysctl at every boot, whatever the files say: Debian
// kdump-config load and SUSE load.sh; kubelet pkg/util/sysctl.
struct Setter {
  std::string_view key;
  std::int64_t value;
  bool (*present)(const Facts&);
};
bool LoadSets(const Facts& facts) {
  const bool family = facts.distribution == Distribution::kDebian ||
                      facts.distribution == Distribution::kUbuntu ||
                      facts.distribution == Distribution::kSuse;
  return family && facts.crash_loaded.Is(true);
}
bool KubeletSets(const Facts& facts) { return facts.kubernetes; }
constexpr std::array kSetters{
    Setter{"kernel.panic_on_oops", 1, LoadSets},
    Setter{"kernel.panic_on_oops", 1, KubeletSets},
    Setter{"kernel.panic", 10, KubeletSets},
    Setter{"vm.panic_on_oom", 0, KubeletSets},
};

bool SetAgain(const Facts& facts, std::string_view key, std::int64_t value) {
  return std::ranges::any_of(kSetters, [&](const Setter& setter) {
    return setter.key == key && setter.value == value && setter.present(facts);
  });
}

// As kernel/sysctl.c proc_get_long reads it; octal is left to the reader.
std::optional<std::int64_t> NumberOf(std::string_view text) {
  if (!text.starts_with("0x")) return ParseSigned(text);
  const auto value = ParseUnsigned(text.substr(2), 16);
  if (!value || *value > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

// fs/proc/proc_sysctl.c process_sysctl_arg: "sysctl." or "sysctl/" before the name.
std::optional<std::string_view> PrefixedKey(std::string_view key) {
  constexpr std::string_view kPrefix = "sysctl";
  if (!key.starts_with(kPrefix)) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  if (!key.starts_with('.') && !key.starts_with('/')) return std::nullopt;
  return key.substr(1);
}

std::vector<CmdlineArg> Arguments(const Facts& facts) {
  return facts.cmdline.known() ? ParseCmdline(facts.cmdline.value()) : std::vector<CmdlineArg>{};
}

// What the next boot will set, the last of each key: the files come after the command line.
std::vector<SysctlSetting> AtBoot(const Facts& facts) {
  std::vector<SysctlSetting> settings;
  for (const CmdlineArg& arg : Arguments(facts)) {
    const auto name = PrefixedKey(arg.key);
    if (name && arg.value) {
      settings.push_back({SysctlKey(*name), *arg.value, facts.cmdline.source()});
    }
  }
  for (const SysctlSetting& one : facts.sysctl_files.ValueOr({})) settings.push_back(one);
  return settings;
}

const SysctlSetting* Last(const std::vector<SysctlSetting>& settings, std::string_view key) {
  for (const SysctlSetting& one : settings | std::views::reverse) {
    if (one.key == key) return &one;
  }
  return nullptr;
}

Evidence Shown(const SysctlSetting& setting) {
  return {Printable(setting.file), Cat(setting.key, '=', Printable(setting.value, 64))};
}

// The setting that forbids the next boot to load anything: sysctl.d is applied before the service.
const SysctlSetting* Forbids(const Facts& facts, const std::vector<SysctlSetting>& settings) {
  if (FadumpOn(facts)) return nullptr;
  const SysctlSetting* disabled = Last(settings, "kernel.kexec_load_disabled");
  if (disabled != nullptr && NumberOf(disabled->value).value_or(0) != 0) return disabled;
  const SysctlSetting* limit = Last(settings, "kernel.kexec_load_limit_panic");
  return limit != nullptr && NumberOf(limit->value) == 0 ? limit : nullptr;
}

// Only kernel. and vm.: "net.ifnames=0" is udev's.
std::vector<Evidence> WithoutEffect(const Facts& facts) {
  std::vector<Evidence> found;
  for (const CmdlineArg& arg : Arguments(facts)) {
    const bool sysctl = arg.key.starts_with("kernel.") || arg.key.starts_with("vm.");
    if (!sysctl || !arg.value) continue;
    found.push_back(
        {facts.cmdline.source(), Cat(Printable(arg.key, 64), '=', Printable(*arg.value, 64))});
  }
  return found;
}

struct Drift {
  std::vector<Evidence> evidence;
  std::string first;  // a sentence about the first of them
  std::string file;
  const Fact<std::int64_t>* locked = nullptr;  // a value that could not be compared
  int compared = 0;
};
void Compare(const Facts& facts, const Row& row, const SysctlSetting& setting, Drift& drift) {
  const Fact<std::int64_t>& live = row.live(facts);
  const auto next = NumberOf(setting.value);
  if (live.unreadable()) drift.locked = &live;
  if (!live.known() || !next) return;
  ++drift.compared;
  if (*next == live.value() || SetAgain(facts, row.key, live.value())) return;
  if (drift.evidence.empty()) {
    drift.file = Printable(setting.file);
    drift.first = Cat(row.key, " is ", live.value(), " now and ", *next, " after the next boot");
  }
  drift.evidence.push_back({live.source(), Cat(live.value())});
  drift.evidence.push_back(Shown(setting));
}

Finding NoEffect(std::vector<Evidence> bare) {
  const std::string& first = bare.front().value;
  std::string message = Cat("the kernel ignores ", first, " on its command line");
  std::string remedy = Cat("sysctl.", first, " on the command line, or a file in /etc/sysctl.d");
  return Found(Status::kWarn, "no_effect", std::move(message), std::move(bare), std::move(remedy));
}

Finding Judge(const Facts& facts, Drift drift) {
  if (!drift.evidence.empty()) {
    return Found(Status::kWarn, "drift", std::move(drift.first), std::move(drift.evidence),
                 Cat("put the value you want into ", drift.file, ", then sysctl --system"));
  }
  if (!facts.cmdline.known()) return NotKnown(facts.cmdline);
  if (drift.locked != nullptr) return NotKnown(*drift.locked);
  if (drift.compared > 0) {
    return Found(Status::kPass, "persistent",
                 Cat(drift.compared, " values are the same now and after the next boot"),
                 {{facts.sysctl_files.source(), Cat(drift.compared)}});
  }
  if (facts.sysctl_files.absent()) return NotApplicable("no_files", "this node has no sysctl.d");
  return Found(Status::kPass, "nothing_set", "no file sets a value that is judged here");
}

}  // namespace

// Source: sysctl.d(5), fs/proc/proc_sysctl.c do_sysctl_args, kernel/kexec_core.c
// kexec_load_permitted.
Finding SysctlPersistence(const Facts& facts, const Numbers&, const Policy&) {
  // Files that could not be read may say otherwise than the command line.
  const bool files = !facts.sysctl_files.unreadable();
  const auto settings = AtBoot(facts);
  const SysctlSetting* forbids = files ? Forbids(facts, settings) : nullptr;
  if (forbids != nullptr) {
    return Found(Status::kFail, "forbids_load",
                 Cat(forbids->key, '=', Printable(forbids->value, 16),
                     " is set before the service starts: the next boot loads no capture kernel"),
                 {Shown(*forbids)}, Cat("take it out of ", Printable(forbids->file)));
  }
  if (auto bare = WithoutEffect(facts); !bare.empty()) return NoEffect(std::move(bare));
  if (!files) return NotKnown(facts.sysctl_files);
  Drift drift;
  for (const Row& row : kRows) {
    const SysctlSetting* setting = Last(settings, row.key);
    if (setting != nullptr) Compare(facts, row, *setting, drift);
  }
  return Judge(facts, std::move(drift));
}

}  // namespace kdumpd
