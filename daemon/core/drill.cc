// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/drill.h"

#include <algorithm>
#include <array>

#include "daemon/core/characters.h"
#include "daemon/core/hash.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kDrillResults> kResults{"passed", "failed", "unverified",
                                                               "cancelled"};

// /proc/iomem first: it says the same to whoever may read it, while kexec_crash_size is read
// rarely.
std::optional<std::uint64_t> ReservedBytes(const Facts& facts) {
  if (facts.fadump.known() && facts.fadump->enabled) return facts.fadump->reserved_bytes;
  if (facts.iomem.known()) return facts.iomem->CrashBytes();
  if (facts.crash_size.known()) return facts.crash_size.value();
  return std::nullopt;
}

// Values end with a byte that none of them holds: two settings are never taken for one.
std::string Settings(const KdumpConfig& config) {
  std::string text = Cat(static_cast<int>(config.dialect), '\0');
  for (const ConfigSetting& setting : config.settings) {
    text += Cat(setting.key, '\0', setting.value, '\0');
  }
  return text;
}

// A success that nothing newer contradicts. Where the initramfs is not known, nothing does.
bool PassedByKdumpctl(const Facts& facts) {
  if (!facts.kdump_test.known()) return false;
  const KdumpTestMark& mark = facts.kdump_test.value();
  if (mark.status != KdumpTestMark::Status::kSuccess) return false;
  if (facts.initrd.known() && facts.initrd->mtime > mark.written_at) return false;
  if (!facts.image_inputs.known()) return true;
  return std::ranges::none_of(facts.image_inputs.value(), [&](const InputFile& file) {
    return file.input.role == InputRole::kConfig && file.mtime > mark.written_at;
  });
}

}  // namespace

std::string_view Name(DrillResult result) {
  return kResults[std::min<std::size_t>(static_cast<std::size_t>(result), kDrillResults - 1)];
}

bool IsDrillId(std::string_view id) {
  constexpr std::size_t kDigits = 16;
  return id.size() == kDigits && std::ranges::all_of(id, IsHexDigit);
}

std::string FingerprintOf(const Facts& facts) {
  const auto reserved = ReservedBytes(facts);
  if (!facts.kernel_release.known() || !facts.initrd.known() || !facts.config.known() ||
      !reserved) {
    return "";
  }
  const InitrdFile& initrd = facts.initrd.value();
  return Hex(Hash(Cat(facts.kernel_release.value(), '\0', initrd.path, '\0', initrd.bytes, '\0',
                      initrd.mtime, '\0', Settings(facts.config.value()), *reserved)));
}

std::string_view DrillDue(const Drills& drills, const Facts& facts) {
  if (PassedByKdumpctl(facts)) return "";
  if (!drills.last_pass) return "never";
  const std::string& proven = drills.last_pass->intent.fingerprint;
  const std::string now = FingerprintOf(facts);
  if (proven.empty() || now.empty()) return kDueUnknown;
  return proven == now ? "" : "changed";
}

}  // namespace kdumpd
