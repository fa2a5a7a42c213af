// SPDX-License-Identifier: Apache-2.0
// Two ways for an aarch64 node to look armed and save nothing, both found by crashing such kernels.
#include <algorithm>
#include <limits>
#include <optional>

#include "daemon/core/capture_cmdline.h"
#include "daemon/core/checks.h"
#include "daemon/core/core_collector.h"
#include "daemon/core/shell_config.h"

namespace kdumpd {
namespace {

constexpr std::string_view kAarch64 = "aarch64";

constexpr Remedy kLoadByFile{
    "set KEXEC_ARGS=\"-s\" in /etc/sysconfig/kdump, then kdumpctl restart",
    "set KEXEC_ARGS=\"-s\" in the MachineConfig's /etc/sysconfig/kdump",
    "set KDUMP_KEXEC_ARGS=\"-s\" in /etc/default/kdump-tools, then systemctl restart kdump-tools; "
    "or boot a kernel with CONFIG_KALLSYMS_ALL=y",
    "boot a kernel with CONFIG_KALLSYMS_ALL=y or CONFIG_KEXEC_FILE=y"};
constexpr Remedy kOtherCollector{
    "install makedumpfile 1.7.9 or newer, or boot a kernel of 48-bit addresses "
    "(CONFIG_ARM64_VA_BITS=48), then kdumpctl restart",
    "use an image with makedumpfile 1.7.9 or newer, or with a kernel of 48-bit addresses",
    "install makedumpfile 1.7.9 or newer, or boot a kernel of 48-bit addresses "
    "(CONFIG_ARM64_VA_BITS=48), then systemctl restart kdump-tools",
    "install makedumpfile 1.7.9 or newer, or boot a kernel of 48-bit addresses "
    "(CONFIG_ARM64_VA_BITS=48), then systemctl restart kdump"};
constexpr Remedy kTryTheCollector{
    "crash a node of this kind once (echo c > /proc/sysrq-trigger) and look at the dump; a kernel "
    "of 48-bit addresses or core_collector cp avoids the question",
    "", "", ""};

// On other architectures there is nothing to ask.
std::optional<Finding> NotAarch64(const Facts& facts) {
  if (!facts.architecture.known()) return NotKnown(facts.architecture);
  if (facts.architecture.Is(std::string(kAarch64))) return std::nullopt;
  return NotApplicable("other_architecture", Cat("only aarch64 is concerned; this node is ",
                                                 Printable(facts.architecture.value(), 32)));
}

// The options that kexec gets from the configuration, and where they stand.
Fact<std::string> LoadOptions(const Facts& facts) {
  using Options = Fact<std::string>;
  const ConfigDialect dialect = ProfileOf(facts.distribution).dialect;
  // kdumpctl and kdump-config add -s when the firmware insists on signatures.
  const bool secure = facts.trust.known() && facts.trust->secure_boot;
  const std::string first = secure ? "-s " : "";
  if (dialect == ConfigDialect::kKdumpConf) {
    if (!facts.load_settings.known()) return Options::Like(facts.load_settings);
    return Options::Known(Cat(first, SettingOf(facts.load_settings.value(), "KEXEC_ARGS")),
                          facts.load_settings.source());
  }
  if (dialect == ConfigDialect::kKdumpTools && facts.load_command.known()) {
    return Options::Known(std::string(RecordedOptions(facts.load_command.value())),
                          facts.load_command.source());
  }
  if (!facts.config.known()) return Options::Like(facts.config);
  const bool suse = dialect == ConfigDialect::kSysconfig;
  // SUSE's load.sh ends its command with -a.
  return Options::Known(suse ? Cat(ValueOr(facts.config.value(), "KEXEC_OPTIONS", ""), " -a")
                             : Cat(first, ValueOr(facts.config.value(), "KDUMP_KEXEC_ARGS", "")),
                        facts.config.source());
}

Evidence OptionsEvidence(const Fact<std::string>& options) {
  const std::string_view text = Trim(options.value());
  return {options.source(), text.empty() ? "(no options for kexec)" : Printable(text)};
}

// "1.7.8++", made after 1.7.8, counts as the next one.
struct Version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  auto operator<=>(const Version&) const = default;
};
constexpr Version kNever{std::numeric_limits<std::uint64_t>::max(), 0, 0};

std::optional<Version> VersionOf(std::string_view text) {
  const bool after = text.contains('+');
  const auto parts = Split(text.substr(0, text.find('+')), '.');
  if (parts.size() < 2) return std::nullopt;
  const auto major = ParseUnsigned(parts[0]);
  const auto minor = ParseUnsigned(parts[1]);
  const auto patch = parts.size() > 2 ? ParseUnsigned(parts[2]) : std::optional<std::uint64_t>(0);
  if (!major || !minor || !patch || *patch > 1'000'000) return std::nullopt;
  return Version{*major, *minor, *patch + (after ? 1 : 0)};
}

// What is known of makedumpfile's address layouts. Measured with 1.7.2, 1.7.6 and the sources after
// 1.7.9 over dumps of eight layouts; a layout of less than 52 bits gave no trouble. Versions before
// 1.7.2 know no layout that 1.7.2 does not (arch/arm64.c calculate_plat_config).
struct LayoutRule {
  Version from;
  Version before;
  int page_bytes;
  int va_bits;
  Status status;
  std::string_view reason;
  std::string_view text;
};
constexpr Version kReads52{1, 7, 9};
constexpr Version kTried{1, 7, 2};
constexpr std::string_view kRefuses =
    "does not read it ('PAGE SIZE ... and VA Bits 52 not supported'), neither for the dump nor for "
    "its kernel log";
constexpr std::string_view kUnlessLpa2 =
    "reads it, unless the processor has LPA2, which no file of the node tells";
constexpr LayoutRule kLayoutRules[] = {
    {{}, kReads52, 4096, 52, Status::kFail, "layout_unreadable", kRefuses},
    {{}, kReads52, 16384, 52, Status::kFail, "layout_unreadable", kRefuses},
    {kReads52, kNever, 4096, 52, Status::kPass, "readable_without_lpa2", kUnlessLpa2},
    {kReads52, kNever, 16384, 52, Status::kPass, "readable_without_lpa2", kUnlessLpa2},
    {{},
     kTried,
     65536,
     52,
     Status::kPass,
     "not_tried",
     "was never tried on it; 1.7.2, the oldest that was, reads it"},
    {kTried, kReads52, 65536, 52, Status::kPass, "readable", "reads it"},
    {kReads52, kNever, 65536, 52, Status::kWarn, "depends_on_processor",
     "reads it on processors with 52-bit addresses (LVA) only, and no file of the node tells which "
     "this is"},
};

bool Concerns(const LayoutRule& rule, const KernelLayout& layout) {
  return rule.page_bytes == layout.page_bytes && rule.va_bits == layout.va_bits;
}

std::string Shown(const KernelLayout& layout) {
  return Cat(layout.page_bytes, "-byte pages and ", layout.va_bits, "-bit addresses");
}

Finding JudgedCollector(const Facts& facts) {
  const KernelLayout& layout = facts.layout.value();
  const Evidence kernel{facts.layout.source(), Shown(layout)};
  if (std::ranges::none_of(kLayoutRules,
                           [&](const LayoutRule& rule) { return Concerns(rule, layout); })) {
    return Found(Status::kPass, "common_layout",
                 Cat("no makedumpfile is known to fail on ", Shown(layout)), {kernel});
  }
  if (!facts.makedumpfile.known()) return NotKnown(facts.makedumpfile);
  const Program& program = facts.makedumpfile.value();
  const Evidence collector{program.path, program.version.empty() ? "(version not found)"
                                                                 : Printable(program.version, 32)};
  const auto version = VersionOf(program.version);
  for (const LayoutRule& rule : kLayoutRules) {
    if (!version || !Concerns(rule, layout) || *version < rule.from || *version >= rule.before) {
      continue;
    }
    const bool problem = rule.status != Status::kPass;
    return Found(
        rule.status, rule.reason,
        Cat("the kernel has ", Shown(layout), "; makedumpfile ", collector.value, ' ', rule.text),
        {collector, kernel},
        problem
            ? RemedyFor(facts, rule.status == Status::kFail ? kOtherCollector : kTryTheCollector)
            : "");
  }
  return Found(Status::kUnknown, "version_not_found",
               Cat(Printable(program.path), " does not say its version, and the kernel has ",
                   Shown(layout), ", which some do not read"),
               {collector, kernel});
}

}  // namespace

Finding ElfcorehdrSymbols(const Facts& facts, const Numbers&, const Policy&) {
  if (auto other = NotAarch64(facts)) return *std::move(other);
  const Fact<std::string> options = LoadOptions(facts);
  const LoadCall call = LoadCallOf(options.value());
  if (options.known() && call == LoadCall::kFile) {
    return Found(Status::kPass, "file_load",
                 "the kernel itself writes the core header (kexec_file_load)",
                 {OptionsEvidence(options)});
  }
  if (facts.text_symbol.Is(true)) {
    return Found(Status::kPass, "symbol_there", "_text is in /proc/kallsyms, which kexec asks",
                 {{facts.text_symbol.source(), "_text"}});
  }
  if (!facts.text_symbol.known()) return NotKnown(facts.text_symbol);
  if (!options.known()) return NotKnown(options);
  const Evidence symbol{facts.text_symbol.source(), "(no _text)"};
  if (call == LoadCall::kEither) {
    return Found(
        Status::kWarn, "symbol_missing_for_fallback",
        "_text is not in /proc/kallsyms: when kexec_file_load is refused, kexec falls back "
        "to writing a core header of nonsense",
        {symbol, OptionsEvidence(options)}, RemedyFor(facts, kLoadByFile));
  }
  return Found(Status::kFail, "symbol_missing",
               "_text is not in /proc/kallsyms and the image is loaded without -s: kexec says "
               "success and writes a core header of nonsense, on which the capture kernel dies",
               {symbol, OptionsEvidence(options)}, RemedyFor(facts, kLoadByFile));
}

Finding CollectorSupportsKernel(const Facts& facts, const Numbers&, const Policy&) {
  if (auto other = NotAarch64(facts)) return *std::move(other);
  if (!facts.config.known()) return NotKnown(facts.config);
  const KdumpConfig& config = facts.config.value();
  const Collector collector = ParseCollector(config.collector, config.dialect, config.target.kind);
  if (collector.program != "makedumpfile" && !collector.program.ends_with("/makedumpfile")) {
    return NotApplicable("other_collector", Cat(Printable(collector.program, 64),
                                                " copies memory without reading the kernel's "
                                                "address layout"));
  }
  if (!facts.layout.known()) return NotKnown(facts.layout);
  if (facts.layout->page_bytes == 0 || facts.layout->va_bits == 0) {
    return Found(Status::kUnknown, "layout_not_said",
                 Cat(facts.layout.source(), " does not say the page size and the address bits"),
                 {{facts.layout.source(), Shown(facts.layout.value())}});
  }
  return JudgedCollector(facts);
}

}  // namespace kdumpd
