// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <span>

#include "daemon/core/machine_texts.h"
#include "daemon/core/text.h"
#include "daemon/host/kernel_files.h"
#include "daemon/host/observe_machine.h"

namespace kdumpd {
namespace {

constexpr std::string_view kLockdown = "/sys/kernel/security/lockdown";
constexpr std::size_t kLimit = 1 << 10;

Result<bool> IsEnforced(std::string_view bytes) { return ParseEfiFlag(bytes); }
Result<bool> IsUserMode(std::string_view bytes) {
  auto setup = ParseEfiFlag(bytes);
  return setup ? Result<bool>(!*setup) : setup;
}
// arch/powerpc/kernel/secure_boot.c: 1 only writes a log.
Result<bool> IsEnforcingCell(std::string_view bytes) {
  const auto cell = ParseCell(bytes);
  if (!cell) return std::unexpected(cell.error());
  return *cell > 1;
}
Result<bool> IsThere(std::string_view) { return true; }
Result<bool> IsOne(std::string_view bytes) { return Trim(bytes) == "1"; }

// A file in which a firmware says that it insists on signatures. Where nothing is mounted on one of
// the places, or something empty hides it, nobody knows.
struct FirmwareFile {
  std::array<std::string_view, 2> places;
  std::string_view path;
  Result<bool> (*says)(std::string_view bytes);
};

// UEFI 2.10, 3.3: both must say so.
constexpr std::array kEfi{
    FirmwareFile{{"/sys/firmware", "/sys/firmware/efi/efivars"},
                 "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
                 IsEnforced},
    FirmwareFile{{"/sys/firmware", "/sys/firmware/efi/efivars"},
                 "/sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c",
                 IsUserMode},
};
// arch/s390/kernel/ipl.c
constexpr std::array kS390{
    FirmwareFile{{"/sys/firmware", "/sys/firmware/ipl"}, "/sys/firmware/ipl/secure", IsOne}};
// arch/powerpc/kernel/secure_boot.c: a guest's flag, and that of the bare machine.
constexpr std::array kPowerGuest{FirmwareFile{
    {"/proc", "/proc/device-tree"}, "/proc/device-tree/ibm,secure-boot", IsEnforcingCell}};
constexpr std::array kPowerMachine{
    FirmwareFile{{"/proc", "/proc/device-tree"},
                 "/proc/device-tree/ibm,secureboot/os-secureboot-enforcing",
                 IsThere}};

// A directory that is not there answers for what would be in it; an empty one does not.
Result<void> Reach(const HostRoot& root, std::span<const std::string_view> places) {
  for (const std::string_view place : places) {
    const auto entry = root.Stat(place);
    if (!entry) return std::unexpected(entry.error());
    const KernelFiles files(root, place);
    if (!files.Listed().known()) return Fail(ErrorCode::kIo, files.Listed().why());
  }
  return {};
}

// What the file says; false when there is none.
Result<bool> Ask(const HostRoot& root, const FirmwareFile& file) {
  const auto reached = Reach(root, file.places);
  auto bytes = reached ? root.Read(file.path, kLimit) : std::unexpected(reached.error());
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return false;
  if (!bytes) return std::unexpected(std::move(bytes).error());
  auto says = file.says(*bytes);
  return says ? says : std::unexpected(says.error().In(file.path));
}

// Whether each of the files says so.
Result<bool> AskAll(const HostRoot& root, std::span<const FirmwareFile> files) {
  for (const FirmwareFile& file : files) {
    auto says = Ask(root, file);
    if (!says || !*says) return says;
  }
  return true;
}

Result<bool> AskFirmware(const HostRoot& root) {
  for (const std::span<const FirmwareFile> files :
       {std::span<const FirmwareFile>(kEfi), std::span<const FirmwareFile>(kS390),
        std::span<const FirmwareFile>(kPowerGuest), std::span<const FirmwareFile>(kPowerMachine)}) {
    auto says = AskAll(root, files);
    if (!says || *says) return says;
  }
  return false;
}

// "none" where there is no such security module.
Result<std::string> ReadLockdown(const HostRoot& root) {
  constexpr std::array<std::string_view, 2> kPlaces{"/sys/kernel", "/sys/kernel/security"};
  const auto reached = Reach(root, kPlaces);
  auto text = reached ? root.Read(kLockdown, kLimit) : std::unexpected(reached.error());
  if (!text && text.error().code == ErrorCode::kNotFound) return "none";
  if (!text) return text;
  return ParseLockdown(Trim(*text));
}

}  // namespace

Fact<Trust> ReadTrust(const HostRoot& root, const Facts* before) {
  const KernelFiles sys(root, "/sys/kernel");
  if (!sys.Listed().known()) return sys.NotThere<Trust>(kLockdown);
  auto lockdown = ReadLockdown(root);
  if (!lockdown) return Fact<Trust>::Unreadable(std::string(kLockdown), lockdown.error().message);
  const bool asked = before != nullptr && before->trust.known();
  const auto secure = asked ? Result<bool>(before->trust->secure_boot) : AskFirmware(root);
  if (!secure) return Fact<Trust>::Unreadable("/sys/firmware", secure.error().message);
  return Fact<Trust>::Known({*std::move(lockdown), *secure}, std::string(kLockdown));
}

}  // namespace kdumpd
