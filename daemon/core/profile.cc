// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/profile.h"

#include <algorithm>
#include <array>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr auto kKdump = std::to_array<std::string_view>({"kdump.service"});
constexpr auto kKdumpTools = std::to_array<std::string_view>({"kdump-tools.service"});
constexpr auto kKdumpAndEarly =
    std::to_array<std::string_view>({"kdump.service", "kdump-early.service"});
constexpr auto kKdumpOrTools =
    std::to_array<std::string_view>({"kdump.service", "kdump-tools.service"});

// kdump-lib-initramfs.sh: DEFAULT_CORE_COLLECTOR.
constexpr std::string_view kKdumpConfCollector = "makedumpfile -l --message-level 7 -d 31";
// kdump-config and SUSE's DUMPFORMAT=compressed, DUMPLEVEL=31. kdump-config adds -F itself, always.
constexpr std::string_view kZlibCollector = "makedumpfile -c -d 31";

constexpr std::array kProfiles{
    Profile{Distribution::kRhel, "rhel", ConfigDialect::kKdumpConf, "/etc/kdump.conf", kKdump,
            kKdumpConfCollector, "/var/crash", "systemctl restart kdump"},
    Profile{Distribution::kCoreos, "coreos", ConfigDialect::kKdumpConf, "/etc/kdump.conf", kKdump,
            kKdumpConfCollector, "/var/crash", "systemctl restart kdump"},
    Profile{Distribution::kDebian, "debian", ConfigDialect::kKdumpTools, "/etc/default/kdump-tools",
            kKdumpTools, kZlibCollector, "/var/crash", "systemctl restart kdump-tools"},
    Profile{Distribution::kUbuntu, "ubuntu", ConfigDialect::kKdumpTools, "/etc/default/kdump-tools",
            kKdumpTools, kZlibCollector, "/var/crash", "systemctl restart kdump-tools"},
    Profile{Distribution::kSuse, "suse", ConfigDialect::kSysconfig, "/etc/sysconfig/kdump",
            kKdumpAndEarly, kZlibCollector, "/var/crash", "systemctl restart kdump"},
    Profile{Distribution::kOther, "other", ConfigDialect::kKdumpConf, "/etc/kdump.conf",
            kKdumpOrTools, kKdumpConfCollector, "/var/crash", "systemctl restart kdump"},
};

struct Id {
  std::string_view id;
  Distribution distribution;
};
constexpr auto kIds = std::to_array<Id>({
    {"rhel", Distribution::kRhel},
    {"centos", Distribution::kRhel},
    {"fedora", Distribution::kRhel},
    {"almalinux", Distribution::kRhel},
    {"rocky", Distribution::kRhel},
    {"ol", Distribution::kRhel},
    {"rhcos", Distribution::kCoreos},
    {"scos", Distribution::kCoreos},
    {"debian", Distribution::kDebian},
    {"ubuntu", Distribution::kUbuntu},
    {"suse", Distribution::kSuse},
    {"sles", Distribution::kSuse},
    {"sled", Distribution::kSuse},
    {"sles_sap", Distribution::kSuse},
});

Distribution DistributionOfId(std::string_view id) {
  if (id.starts_with("opensuse")) return Distribution::kSuse;  // -leap, -tumbleweed, -microos ...
  const auto known = std::ranges::find(kIds, id, &Id::id);
  return known == kIds.end() ? Distribution::kOther : known->distribution;
}

struct Assignment {
  std::string_view key;
  std::string OsRelease::* field;
};
constexpr std::array kAssignments{
    Assignment{"ID", &OsRelease::id},
    Assignment{"ID_LIKE", &OsRelease::id_like},
    Assignment{"VARIANT_ID", &OsRelease::variant_id},
    Assignment{"VERSION_ID", &OsRelease::version_id},
    Assignment{"PRETTY_NAME", &OsRelease::pretty_name},
};

// The value of a shell assignment: quotes and backslashes removed, up to an unquoted blank. In
// double quotes a backslash stands only before one of "$`\ (POSIX shell).
std::string Unquoted(std::string_view text) {
  constexpr std::string_view kEscapable = "\"$`\\";
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escapes = quote == 0 || (quote == '"' && i + 1 < text.size() &&
                                        kEscapable.find(text[i + 1]) != kEscapable.npos);
    if (c == '\\' && escapes) {
      if (++i < text.size()) out += text[i];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == ' ' || c == '\t')) {
      break;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

OsRelease ParseOsRelease(std::string_view text) {
  OsRelease os;
  for (const std::string_view raw : Lines(text)) {
    const std::string_view line = Trim(raw);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const auto known = std::ranges::find(kAssignments, line.substr(0, equals), &Assignment::key);
    if (known != kAssignments.end()) os.*(known->field) = Unquoted(line.substr(equals + 1));
  }
  return os;
}

Distribution DistributionOf(const OsRelease& os) {
  if (os.variant_id == "coreos") return Distribution::kCoreos;
  const Distribution own = DistributionOfId(os.id);
  if (own != Distribution::kOther) return own;
  for (const std::string_view id : Words(os.id_like)) {
    const Distribution like = DistributionOfId(id);
    if (like != Distribution::kOther) return like;
  }
  return Distribution::kOther;
}

const Profile& ProfileOf(Distribution distribution) {
  const auto found = std::ranges::find(kProfiles, distribution, &Profile::distribution);
  return found == kProfiles.end() ? kProfiles.back() : *found;
}

}  // namespace kdumpd
