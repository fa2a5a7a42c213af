// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/capture_cmdline.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "daemon/core/shell_config.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using Unwanted = std::function<bool(std::string_view word)>;

void AddWord(std::string_view word, std::string& text) {
  if (!text.empty()) text += ' ';
  text += word;
}

// The words of `from` without the unwanted ones.
void Keep(std::string_view from, const Unwanted& unwanted, CaptureLine& line) {
  for (const std::string_view word : QuotedWords(from)) {
    if (unwanted(word)) {
      line.removed.emplace_back(word);
    } else {
      AddWord(word, line.text);
    }
  }
}

void Add(std::string_view words, CaptureLine& line) {
  for (const std::string_view word : QuotedWords(words)) {
    line.appended.emplace_back(word);
    AddWord(word, line.text);
  }
}

template <std::size_t N>
bool Has(const std::array<std::string_view, N>& list, std::string_view key) {
  return std::ranges::find(list, key) != list.end();
}

constexpr std::array<std::string_view, 11> kKdumpctlRemoves{
    "crashkernel", "panic_on_warn", "root",    "rd.lvm.lv",          "rd.luks.uuid",   "rd.dm.uuid",
    "rd.md.uuid",  "fcoe",          "netroot", "rd.iscsi.initiator", "iscsi_initiator"};
// kdumpctl's own, for a file that does not set KDUMP_COMMANDLINE_REMOVE.
constexpr std::string_view kKdumpctlRemove = "hugepages hugepagesz slub_debug";

constexpr std::array<std::string_view, 4> kKdumpToolsRemoves{"crashkernel", "hugepages",
                                                             "hugepagesz", "abm"};
constexpr std::string_view kKdumpToolsAppend =
    "reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb";

constexpr std::array<std::string_view, 13> kSuseRemoves{"root",
                                                        "resume",
                                                        "crashkernel",
                                                        "splash",
                                                        "mem",
                                                        "BOOT_IMAGE",
                                                        "showopts",
                                                        "zfcp.allow_lun_scan",
                                                        "hugepages",
                                                        "acpi_no_memhotplug",
                                                        "cgroup_disable",
                                                        "unknown_nmi_panic",
                                                        "rd.udev.children-max"};
constexpr std::string_view kSuseAppend =
    "sysrq=yes reset_devices acpi_no_memhotplug cgroup_disable=memory nokaslr numa=off irqpoll";
constexpr std::string_view kSuseRoot = "root=kdump rootflags=bind rd.udev.children-max=8";

bool SetsPanic(std::string_view text) {
  return std::ranges::any_of(QuotedWords(text),
                             [](std::string_view word) { return KeyOf(word) == "panic"; });
}

}  // namespace

std::vector<std::string_view> QuotedWords(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '\0';
    if (c == '"') quoted = !quoted;
    const bool ends = i == text.size() || (!quoted && (c == ' ' || c == '\t' || c == '\n'));
    if (!ends) continue;
    if (i > begin) words.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return words;
}

std::string_view KeyOf(std::string_view word) {
  if (word.starts_with('"')) word.remove_prefix(1);
  return word.substr(0, word.find('='));
}

std::string_view SettingOf(const std::vector<ConfigSetting>& settings, std::string_view key) {
  std::string_view value;
  for (const ConfigSetting& setting : settings) {
    if (setting.key == key) value = setting.value;
  }
  return value;
}

CaptureLine KdumpctlLine(std::string_view cmdline, const std::vector<ConfigSetting>& settings) {
  CaptureLine line;
  const std::string_view own = SettingOf(settings, "KDUMP_COMMANDLINE");
  line.replaced = !own.empty();
  const bool set = std::ranges::find(settings, "KDUMP_COMMANDLINE_REMOVE", &ConfigSetting::key) !=
                   settings.end();
  std::set<std::string_view> list;
  for (const std::string_view word :
       QuotedWords(set ? SettingOf(settings, "KDUMP_COMMANDLINE_REMOVE") : kKdumpctlRemove)) {
    list.insert(KeyOf(word));
  }
  const Unwanted unwanted = [&](std::string_view word) {
    const std::string_view key = KeyOf(word);
    const bool no_value = word.ends_with('=') && key.size() + 1 == word.size();
    return no_value || Has(kKdumpctlRemoves, key) || list.contains(key);
  };
  Keep(line.replaced ? own : cmdline, unwanted, line);
  Add(SettingOf(settings, "KDUMP_COMMANDLINE_APPEND"), line);
  return line;
}

CaptureLine KdumpToolsLine(std::string_view cmdline, const KdumpConfig& config) {
  CaptureLine line;
  const std::string own = ValueOr(config, "KDUMP_CMDLINE", "");
  line.replaced = !own.empty();
  Keep(
      line.replaced ? std::string_view(own) : cmdline,
      [&](std::string_view word) {
        return !line.replaced && word.contains('=') && Has(kKdumpToolsRemoves, KeyOf(word));
      },
      line);
  Add(ValueOr(config, "KDUMP_CMDLINE_APPEND", kKdumpToolsAppend), line);
  return line;
}

CaptureLine SuseLine(std::string_view cmdline, const KdumpConfig& config,
                     std::string_view architecture) {
  CaptureLine line;
  const std::string own = ValueOr(config, "KDUMP_COMMANDLINE", "");
  line.replaced = !own.empty();
  if (line.replaced) {
    line.text = own;
  } else {
    const bool x86 = architecture == "x86_64";
    Keep(
        cmdline,
        [&](std::string_view word) {
          return Has(kSuseRemoves, KeyOf(word)) ||
                 (x86 && (KeyOf(word) == "notsc" || word == "console=hvc0"));
        },
        line);
    Add(kSuseAppend, line);
    const auto cpus = ParseUnsigned(ValueOr(config, "KDUMP_CPUS", "0")).value_or(0);
    if (cpus > 0) Add(Cat("nr_cpus=", cpus), line);
    Add(kSuseRoot, line);
    if (architecture == "s390x") Add("zfcp.allow_lun_scan=0", line);
  }
  Add(ValueOr(config, "KDUMP_COMMANDLINE_APPEND", ""), line);
  if (!SetsPanic(line.text)) Add("panic=1", line);
  return line;
}

constexpr std::string_view kOption = "--command-line=\"";

std::optional<std::string> RecordedLine(std::string_view load_command) {
  const auto at = load_command.find(kOption);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = load_command.substr(at + kOption.size());
  // The line may hold quotes of its own, escaped or not; what follows it never does.
  const auto end = std::min(rest.find("\" --initrd="), rest.rfind('"'));
  if (end == std::string_view::npos) return std::nullopt;
  std::string line;
  for (const char c : rest.substr(0, end)) {
    if (c == '"' && line.ends_with('\\')) line.pop_back();
    line += c;
  }
  return line;
}

std::string_view RecordedOptions(std::string_view load_command) {
  return load_command.substr(0, load_command.find(kOption));
}

LoadCall LoadCallOf(std::string_view options) {
  LoadCall call = LoadCall::kTable;
  for (const std::string_view word : Words(options)) {
    if (word == "-s" || word == "--kexec-file-syscall") call = LoadCall::kFile;
    if (word == "-c" || word == "--kexec-syscall") call = LoadCall::kTable;
    if (word == "-a" || word == "--kexec-syscall-auto") call = LoadCall::kEither;
  }
  return call;
}

}  // namespace kdumpd
