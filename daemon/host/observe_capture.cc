// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "daemon/core/capture_facts.h"
#include "daemon/core/shell_config.h"
#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/observe_parts.h"

namespace kdumpd {
namespace {

constexpr std::string_view kLoadSettings = "/etc/sysconfig/kdump";
constexpr std::string_view kKallsyms = "/proc/kallsyms";
constexpr std::string_view kAarch64 = "aarch64";
constexpr std::size_t kKernelConfigLimit = 512 << 10;
constexpr std::size_t kKallsymsHead = 256 << 10;
constexpr std::size_t kProgramLimit = 8 << 20;
constexpr std::size_t kProgramStep = 64 << 10;
// Where kdumpctl, mkdumprd and kdump-config find it.
constexpr std::string_view kPrograms[] = {"/usr/sbin/makedumpfile", "/usr/bin/makedumpfile",
                                          "/sbin/makedumpfile"};

// Sourced by bash: += appends.
Result<std::vector<ConfigSetting>> ParseSettings(std::string_view text) {
  KdumpConfig sourced;
  ReadShellConfig(text, {}, {}, /*appends=*/true, sourced);
  return std::move(sourced.settings);
}

Fact<std::vector<ConfigSetting>> LoadSettings(const HostRoot& root, const Facts& facts) {
  using Settings = Fact<std::vector<ConfigSetting>>;
  if (ProfileOf(facts.distribution).dialect != ConfigDialect::kKdumpConf) {
    return Settings::Absent(std::string(kLoadSettings));
  }
  return Parsed<std::vector<ConfigSetting>>(
      Fact<std::string>::From(root.Read(kLoadSettings), std::string(kLoadSettings)), ParseSettings);
}

// kdump-config writes it into KDUMP_COREDIR, wherever the dump itself goes.
Fact<std::string> LoadCommand(const HostRoot& root, const Facts& facts) {
  using Command = Fact<std::string>;
  const bool debian = ProfileOf(facts.distribution).dialect == ConfigDialect::kKdumpTools;
  const std::string directory =
      debian ? ValueOr(facts.config.value(), "KDUMP_COREDIR", "/var/crash") : "/var/crash";
  std::string path = Cat(directory, "/kexec_cmd");
  if (!debian) return Command::Absent(std::move(path));
  if (!directory.starts_with('/')) {
    return Command::Unreadable(std::move(path), "KDUMP_COREDIR is not a path from the root");
  }
  return Command::From(root.Read(path), path);
}

// It cannot change while this kernel runs.
Fact<KernelLayout> Layout(const HostRoot& root, const ObserveInput& input, const Facts& facts) {
  using Layout = Fact<KernelLayout>;
  if (!facts.architecture.known()) return Layout::Like(facts.architecture);
  if (!facts.architecture.Is(std::string(kAarch64))) return Layout::Absent("");
  if (!facts.kernel_release.known()) return Layout::Like(facts.kernel_release);
  const std::string& release = facts.kernel_release.value();
  if (input.before != nullptr && input.before->layout.known() &&
      input.before->kernel_release.Is(release)) {
    return input.before->layout;
  }
  Layout layout;
  for (const std::string& path :
       {Cat("/usr/lib/modules/", release, "/config"), Cat("/boot/config-", release)}) {
    layout = Parsed<KernelLayout>(
        Fact<std::string>::From(root.Read(path, kKernelConfigLimit), path),
        [](std::string_view text) { return Result<KernelLayout>(ParseKernelConfig(text)); });
    if (!layout.absent()) break;
  }
  return layout;
}

// In steps that overlap, so that no step cuts the text in two.
Result<std::string> ReadVersion(int fd) {
  for (std::size_t at = 0; at < kProgramLimit; at += kProgramStep) {
    auto bytes = ReadAt(fd, at, kProgramStep + kVersionTextBytes);
    if (!bytes) return bytes;
    std::string version = MakedumpfileVersion(*bytes);
    if (!version.empty() || bytes->size() < kProgramStep) return version;
  }
  return std::string();
}

Result<Program> ReadProgram(const HostRoot& root, std::string_view path, const Program* before) {
  auto fd = root.OpenFile(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  struct stat status{};
  if (fstat(fd->get(), &status) != 0) {
    return Fail(ErrorCode::kIo, Cat("fstat ", Printable(path)));
  }
  Program program{.path = std::string(path),
                  .version = "",
                  .bytes = static_cast<std::uint64_t>(status.st_size),
                  .mtime = status.st_mtim.tv_sec};
  const bool same = before != nullptr && before->path == program.path &&
                    before->bytes == program.bytes && before->mtime == program.mtime;
  if (same) return *before;
  auto version = ReadVersion(fd->get());
  if (!version) return std::unexpected(std::move(version).error());
  program.version = *std::move(version);
  return program;
}

Fact<Program> Makedumpfile(const HostRoot& root, const ObserveInput& input) {
  const bool remembered = input.before != nullptr && input.before->makedumpfile.known();
  const Program* before = remembered ? &input.before->makedumpfile.value() : nullptr;
  Fact<Program> found = Fact<Program>::Absent(std::string(kPrograms[0]));
  for (const std::string_view path : kPrograms) {
    auto fact = Fact<Program>::From(ReadProgram(root, path, before), std::string(path));
    if (fact.known()) return fact;
    if (fact.unreadable() && found.absent()) found = std::move(fact);
  }
  return found;
}

// The same for a whole boot.
Fact<bool> TextSymbol(const HostRoot& root, const ObserveInput& input, const Facts& facts) {
  if (!facts.architecture.known()) return Fact<bool>::Like(facts.architecture);
  if (!facts.architecture.Is(std::string(kAarch64))) return Fact<bool>::Absent("");
  if (input.before != nullptr && input.before->text_symbol.known() && facts.boot_id.known() &&
      input.before->boot_id.Is(facts.boot_id.value())) {
    return input.before->text_symbol;
  }
  const std::string path(kKallsyms);
  auto fd = root.OpenFile(path);
  if (!fd && fd.error().code == ErrorCode::kNotFound) {
    return KernelFiles(root, "/proc").NotThere<bool>(path);
  }
  if (!fd) return Fact<bool>::Unreadable(path, fd.error().message);
  const auto head = ReadAt(fd->get(), 0, kKallsymsHead);
  if (!head) return Fact<bool>::Unreadable(path, head.error().message);
  const auto there = HasTextSymbol(*head);
  if (there) return Fact<bool>::Known(*there, path);
  return Fact<bool>::Unreadable(
      path, Cat("neither _text nor _stext in its first ", FormatBytes(kKallsymsHead)));
}

}  // namespace

void ObserveCapture(const HostRoot& root, const ObserveInput& input, Facts& facts) {
  facts.text_symbol = TextSymbol(root, input, facts);
  const std::string why = Blind(facts);
  if (!why.empty()) {
    const std::string& source = facts.mounts.source();
    facts.load_settings = Fact<std::vector<ConfigSetting>>::Unreadable(source, why);
    facts.load_command = Fact<std::string>::Unreadable(source, why);
    facts.layout = Fact<KernelLayout>::Unreadable(source, why);
    facts.makedumpfile = Fact<Program>::Unreadable(source, why);
    return;
  }
  facts.load_settings = LoadSettings(root, facts);
  facts.load_command = LoadCommand(root, facts);
  facts.layout = Layout(root, input, facts);
  facts.makedumpfile = Makedumpfile(root, input);
}

}  // namespace kdumpd
