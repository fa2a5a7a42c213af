// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

using Change = std::function<void(Facts&)>;
using Names = std::vector<std::string>;

Facts& Aim(Facts& facts, TargetKind kind, std::string_view spec, Distribution distribution) {
  facts.distribution = distribution;
  Target target;
  target.kind = kind;
  target.spec = spec;
  if (kind == TargetKind::kNfs) target.fstype = "nfs";
  facts.target = Fact<Target>::Known(target, "/etc/kdump.conf");
  return facts;
}
Change Nfs(std::string_view spec, Distribution distribution = Distribution::kRhel) {
  return [=](Facts& facts) { Aim(facts, TargetKind::kNfs, spec, distribution); };
}
// As it stands in the mount table.
Change Mounted(std::string_view options) {
  return [=](Facts& facts) {
    Mount mount;
    mount.point = "/mnt";
    mount.fstype = "nfs4";
    mount.source = "nas:/export";
    mount.super_options = options;
    Aim(facts, TargetKind::kNfs, "nas:/export", Distribution::kRhel).target.value().mount = mount;
  };
}
Change InFstab(bool noauto) {
  return [=](Facts& facts) {
    Target& target =
        Aim(facts, TargetKind::kNfs, "nas:/export", Distribution::kRhel).target.value();
    target.in_fstab = true;
    target.noauto = noauto;
  };
}

TEST(ChecksTargetNetwork, TargetNfs) {
  const std::string_view check = "target_nfs";
  const auto implicit = [](Facts& facts) {
    facts.target.value().fstype = "nfs4";
    facts.target.value().spec = "nas:/export";
    facts.target.value().mount->super_options = "rw,sec=krb5p";
  };
  const auto nfs4 = [](Facts& facts) {
    facts.config = Fact<KdumpConfig>::Known(
        ParseKdumpConfig(ConfigDialect::kKdumpConf, "nfs4 nas:/export\n"), "/etc/kdump.conf");
  };
  ExpectRows({
      {"local", [](Facts&) {}, check, Status::kNotApplicable, "not_nfs"},
      {"mounted", Mounted("rw,vers=4.2,sec=sys"), check, Status::kPass, "mounted"},
      {"krb5", Mounted("rw,sec=krb5"), check, Status::kWarn, "kerberos"},
      {"krb5p", Mounted("rw,sec=krb5p,hard"), check, Status::kWarn, "kerberos"},
      {"not krb5", Mounted("rw,nosec=krb5"), check, Status::kPass, "mounted"},
      {"a path on NFS with krb5", implicit, check, Status::kWarn, "kerberos"},
      {"known to nobody", Nfs("nas:/export"), check, Status::kPass, "mounted_for_build"},
      {"in fstab, not mounted", InFstab(false), check, Status::kFail, "not_mounted"},
      {"in fstab with noauto", InFstab(true), check, Status::kPass, "noauto"},
      {"Debian mounts it", Nfs("nas:/export", Distribution::kDebian), check, Status::kPass,
       "export"},
      {"SUSE mounts it", Nfs("nas:/export", Distribution::kSuse), check, Status::kPass, "export"},
      {"no colon", Nfs("nas/export"), check, Status::kFail, "not_an_export"},
      {"no slash", Nfs("nas:export"), check, Status::kFail, "not_an_export"},
      {"no host", Nfs(":/export"), check, Status::kFail, "not_an_export"},
      {"an IPv6 address", Nfs("[2001:db8::9]:/export"), check, Status::kPass, "mounted_for_build"},
      {"an IPv6 address without brackets", Nfs("2001:db8::9:/export"), check, Status::kFail,
       "brackets"},
      {"nfs4", nfs4, check, Status::kFail, "nfs4_keyword"},
      {"nothing configured", [](Facts& f) { f.target = Fact<Target>::Absent("/etc/kdump.conf"); },
       check, Status::kNotApplicable, "no_config"},
      {"unreadable", [](Facts& f) { f.target = Locked<Target>("/etc/kdump.conf"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

Change To(std::string_view login, Distribution distribution = Distribution::kRhel) {
  return [=](Facts& facts) { Aim(facts, TargetKind::kSsh, login, distribution); };
}
Change Asking(const Names& servers, Distribution distribution = Distribution::kRhel) {
  return [=](Facts& facts) {
    To("kdump@backup", distribution)(facts);
    facts.nameservers = Fact<Names>::Known(servers, "/etc/resolv.conf");
  };
}

TEST(ChecksTargetNetwork, TargetDns) {
  const std::string_view check = "target_dns";
  constexpr auto kWarn = Status::kWarn;
  constexpr auto kPass = Status::kPass;
  ExpectRows({
      {"local", [](Facts&) {}, check, Status::kNotApplicable, "no_host"},
      {"an address", To("kdump@192.0.2.9"), check, kPass, "address"},
      {"an IPv6 address", Nfs("[2001:db8::9]:/export"), check, kPass, "address"},
      {"almost an address", To("kdump@192.0.2.256"), check, kPass, "nameserver"},
      {"a name", To("kdump@backup"), check, kPass, "nameserver"},
      {"a name in /etc/hosts",
       [](Facts& f) { Asking({"127.0.0.53"})(f), f.known_names.value().push_back("backup"); },
       check, kPass, "in_hosts"},
      {"whatever its case", [](Facts& f) { To("kdump@NODE1")(f); }, check, kPass, "in_hosts"},
      {"the stub", Asking({"127.0.0.53"}), check, kWarn, "stub_only"},
      {"the stub on SUSE", Asking({"127.0.0.53"}, Distribution::kSuse), check, kWarn, "stub_only"},
      {"the stub on Debian", Asking({"127.0.0.53"}, Distribution::kDebian), check, kPass,
       "regular_system"},
      {"::1", Asking({"::1"}), check, kWarn, "stub_only"},
      {"the stub and a real one", Asking({"127.0.0.53", "192.0.2.53"}), check, kPass, "nameserver"},
      {"the fourth is never asked", Asking({"::1", "127.0.0.1", "127.0.0.2", "192.0.2.53"}), check,
       kWarn, "stub_only"},
      {"12.7.0.1 is no loopback", Asking({"12.7.0.1"}), check, kPass, "nameserver"},
      {"none", Asking({}), check, kWarn, "no_nameserver"},
      {"no resolv.conf",
       [](Facts& f) { Asking({})(f), f.nameservers = Fact<Names>::Absent("/etc/resolv.conf"); },
       check, kWarn, "no_nameserver"},
      {"resolv.conf is unreadable",
       [](Facts& f) { Asking({})(f), f.nameservers = Locked<Names>("/etc/resolv.conf"); }, check,
       Status::kUnknown, "unreadable"},
      {"hosts is unreadable, and nobody else knows",
       [](Facts& f) { Asking({})(f), f.known_names = Locked<Names>("/etc/hosts"); }, check,
       Status::kUnknown, "unreadable"},
      {"hosts is unreadable, and a server is asked",
       [](Facts& f) { Asking({"192.0.2.53"})(f), f.known_names = Locked<Names>("/etc/hosts"); },
       check, kPass, "nameserver"},
      {"nothing configured", [](Facts& f) { f.target = Fact<Target>::Absent("/etc/kdump.conf"); },
       check, Status::kNotApplicable, "no_config"},
  });
}

}  // namespace
}  // namespace kdumpd
