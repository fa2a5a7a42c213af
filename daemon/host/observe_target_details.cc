// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/block_device.h"
#include "daemon/host/observe_parts.h"
#include "daemon/host/ssh_files.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr std::string_view kSelinux = "/sys/fs/selinux";
constexpr std::string_view kResolvConf = "/etc/resolv.conf";
constexpr std::string_view kHosts = "/etc/hosts";
constexpr std::size_t kNamesLimit = 256 << 10;

// Of a file system that spans devices (btrfs) the mount has a number of no device; its source names
// one of them.
Fact<std::string> DeviceNumber(const HostRoot& root, const Target& target) {
  using Number = Fact<std::string>;
  const std::string& number = target.device_number;
  if (!number.empty() && !number.starts_with("0:")) return Number::Known(number, "");
  const std::string source = target.mount ? target.mount->source : "";
  if (!source.starts_with("/dev/")) return Number::Absent(Printable(target.spec));
  auto entry = root.Stat(source);
  if (!entry) return Number::Unreadable(Printable(source), std::move(entry).error().message);
  const struct stat& status = entry->status;
  if (!S_ISBLK(status.st_mode)) return Number::Absent(Printable(source));
  return Number::Known(Cat(major(status.st_rdev), ':', minor(status.st_rdev)), source);
}

Fact<BlockDevice> ReadBlock(const HostRoot& root, const Facts& facts) {
  const Target& target = facts.target.value();
  if (IsRemote(target.kind)) return Fact<BlockDevice>::Absent(Printable(target.spec));
  if (target.device_number.empty() && facts.target_device.unreadable()) {
    return Fact<BlockDevice>::Like(facts.target_device);
  }
  const auto number = DeviceNumber(root, target);
  return number.known() ? ReadBlockDevice(root, number.value()) : Fact<BlockDevice>::Like(number);
}

// security.selinux of an open directory; "" when it has none.
Result<std::string> LabelOf(int fd) {
  std::array<char, 256> label{};
  const ssize_t size = fgetxattr(fd, "security.selinux", label.data(), label.size());
  if (size < 0 && errno == ENODATA) return std::string();
  if (size < 0) return FailSystem("reading the label", errno);
  const std::string_view text(label.data(), static_cast<std::size_t>(size));
  return std::string(text.substr(0, text.find('\0')));
}

Fact<std::string> ReadLabel(const HostRoot& root, const Facts& facts) {
  using Label = Fact<std::string>;
  const auto selinux = root.Stat(kSelinux);
  if (!selinux) {
    const KernelFiles sys(root, "/sys/kernel");
    if (selinux.error().code == ErrorCode::kNotFound) return sys.NotThere<std::string>(kSelinux);
    return Label::Unreadable(std::string(kSelinux), selinux.error().message);
  }
  if (!facts.target_path.known()) return Label::Like(facts.target_path);
  const std::string& path = facts.target->live_path;
  auto directory = root.OpenDirectory(path);
  if (!directory) {
    // Of a directory that is not there no label is missing, but it is not SELinux that is absent.
    return Label::Unreadable(path, std::move(directory).error().message);
  }
  return Label::From(LabelOf(directory->get()), path);
}

template <class Parse>
Fact<std::vector<std::string>> ReadNames(const HostRoot& root, std::string_view path,
                                         const Parse& parse) {
  return Parsed<std::vector<std::string>>(
      Fact<std::string>::From(root.Read(path, kNamesLimit), std::string(path)),
      [&](std::string_view text) { return Result<std::vector<std::string>>(parse(text)); });
}

// Nobody asks for names when the dump stays on this machine.
void ReadResolver(const HostRoot& root, Facts& facts) {
  if (EndpointOf(facts.target.value()).host.empty()) {
    facts.nameservers = Fact<std::vector<std::string>>::Absent(std::string(kResolvConf));
    facts.known_names = Fact<std::vector<std::string>>::Absent(std::string(kHosts));
    return;
  }
  facts.nameservers = ReadNames(root, kResolvConf, ParseNameservers);
  facts.known_names = ReadNames(root, kHosts, ParseHostNames);
}

}  // namespace

void ObserveTargetDetails(const HostRoot& root, Facts& facts) {
  if (!facts.target.known()) {
    facts.target_block = Fact<BlockDevice>::Like(facts.target);
    facts.target_ssh = Fact<SshTarget>::Like(facts.target);
    facts.selinux_label = Fact<std::string>::Like(facts.target);
    facts.nameservers = Fact<std::vector<std::string>>::Like(facts.target);
    facts.known_names = Fact<std::vector<std::string>>::Like(facts.target);
    return;
  }
  facts.target_block = ReadBlock(root, facts);
  facts.target_ssh = facts.target->kind == TargetKind::kSsh
                         ? Fact<SshTarget>::Known(ReadSshTarget(root, facts), "")
                         : Fact<SshTarget>::Absent(Printable(facts.target->spec));
  facts.selinux_label = ReadLabel(root, facts);
  ReadResolver(root, facts);
}

}  // namespace kdumpd
