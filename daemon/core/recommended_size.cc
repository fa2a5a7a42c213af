// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/recommended_size.h"

#include <array>
#include <span>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kGiB = 1 << 30;

struct Row {
  std::uint64_t from_mib;  // inclusive; to the next row
  std::uint64_t size_mib;
};

constexpr std::array kRhelX86{Row{2048, 256}, Row{65536, 512}};
constexpr std::array kRhelX86Before2025{Row{1024, 192}, Row{4096, 256}, Row{65536, 512}};
constexpr std::array kRhelArm{Row{2048, 256}, Row{4096, 320}, Row{65536, 576}};
constexpr std::array kRhelPpc{Row{2048, 384}, Row{4096, 512}, Row{16384, 1024}, Row{65536, 2048},
                              Row{131072, 4096}};
constexpr std::array kRhelFadump{Row{4096, 768},        Row{16384, 1024},     Row{65536, 2048},
                                 Row{131072, 4096},     Row{1048576, 6144},   Row{2097152, 12288},
                                 Row{4194304, 20480},   Row{8388608, 36864},  Row{16777216, 65536},
                                 Row{33554432, 131072}, Row{67108864, 184320}};
constexpr std::array kUbuntu{Row{2048, 320}, Row{4096, 512}, Row{32768, 1024}, Row{65536, 2048},
                             Row{131072, 4096}};
constexpr std::array kUbuntuBefore2410{Row{512, 192}};
constexpr std::array kDebian{Row{384, 128}};

struct Table {
  std::span<const Row> rows;
  std::string_view name;
  std::uint64_t extra_mib = 0;
};

// "24.10" -> 2410; 0 when it is not such a version.
std::uint64_t VersionNumber(std::string_view version) {
  const auto dot = version.find('.');
  const auto major = ParseUnsigned(version.substr(0, dot));
  const auto minor = dot == std::string_view::npos ? 0 : ParseUnsigned(version.substr(dot + 1));
  return major && minor && *major < 10'000 && *minor < 100 ? *major * 100 + *minor : 0;
}

// kdump-utils changed its x86_64 table in 2025-03: Fedora 42 and RHEL 10 have the new one.
bool NewRhelTable(const OsRelease& os) {
  return VersionNumber(os.version_id) >= (os.id == "fedora" ? 4200 : 1000);
}

Table RhelTable(const Facts& facts, std::string_view architecture) {
  if (facts.fadump.known() && facts.fadump->enabled) return {kRhelFadump, "kdump-utils, fadump"};
  if (architecture == "ppc64le") return {kRhelPpc, "kdump-utils, ppc64le"};
  if (architecture == "aarch64") {
    const bool big_pages = facts.kernel_release.ValueOr("").ends_with("64k");
    return {kRhelArm, big_pages ? "kdump-utils, aarch64 with 64 KiB pages" : "kdump-utils, aarch64",
            big_pages ? 100ULL : 0ULL};
  }
  if (architecture != "x86_64" && architecture != "s390x") return {};
  if (NewRhelTable(facts.os.ValueOr({}))) return {kRhelX86, "kdump-utils since 2025"};
  return {kRhelX86Before2025, "kdump-utils before 2025"};
}

Table TableFor(const Facts& facts) {
  switch (facts.distribution) {
    case Distribution::kRhel:
    case Distribution::kCoreos:
      return RhelTable(facts, facts.architecture.ValueOr(""));
    case Distribution::kUbuntu:
      return VersionNumber(facts.os.ValueOr({}).version_id) >= 2410
                 ? Table{kUbuntu, "Ubuntu kdump-tools since 24.10"}
                 : Table{kUbuntuBefore2410, "Ubuntu kdump-tools before 24.10"};
    case Distribution::kDebian:
      return {kDebian, "Debian kdump-tools"};
    case Distribution::kSuse:
    case Distribution::kOther:
      return {};
  }
  return {};
}

}  // namespace

std::optional<RecommendedSize> RecommendSize(const Facts& facts, std::uint64_t ram_bytes) {
  const Table table = TableFor(facts);
  if (table.rows.empty()) return std::nullopt;
  // kdump-utils counts System RAM rounded up to 128 MiB, in whole GiB (kdump-lib.sh
  // get_system_size); the other tables compare the kernel's own number.
  std::uint64_t ram = (ram_bytes + 128 * kMiB - 1) / (128 * kMiB) * (128 * kMiB);
  const bool whole_gib =
      facts.distribution == Distribution::kRhel || facts.distribution == Distribution::kCoreos;
  if (whole_gib) ram = ram / kGiB * kGiB;
  RecommendedSize found{0, std::string(table.name)};
  for (const Row& row : table.rows) {
    if (ram >= row.from_mib * kMiB) found.bytes = (row.size_mib + table.extra_mib) * kMiB;
  }
  return found;
}

bool KnowsCrashkernelAuto(std::string_view kernel_release) {
  for (const std::string_view tag : {".el5", ".el6", ".el7", ".el8"}) {
    const auto at = kernel_release.find(tag);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = kernel_release.substr(at + tag.size());
    if (rest.empty() || rest[0] == '_' || rest[0] == '.') return true;
  }
  return false;
}

}  // namespace kdumpd
