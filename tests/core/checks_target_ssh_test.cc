// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

using Change = std::function<void(Facts&)>;
constexpr auto kRhel = Distribution::kRhel;
constexpr auto kDebian = Distribution::kDebian;
constexpr auto kSuse = Distribution::kSuse;

SshTarget GoodSsh() {
  SshKey key;
  key.path = "/root/.ssh/kdump_id_rsa";
  key.mode = 0600;
  key.public_exists = true;
  key.key = {"OPENSSH", "ssh-rsa", false};
  SshTarget ssh;
  ssh.alias = Fact<std::string>::Absent("/root/.ssh/config");
  ssh.key = Fact<SshKey>::Known(key, key.path);
  ssh.known = Fact<KnownHost>::Known(KnownHost::kYes, "/root/.ssh/known_hosts");
  return ssh;
}
// A target where all is well, then one more change.
Change Ssh(const std::function<void(SshTarget&)>& change, Distribution distribution = kRhel) {
  return [=](Facts& facts) {
    facts.distribution = distribution;
    Target target;
    target.kind = TargetKind::kSsh;
    target.spec = "kdump@backup";
    facts.target = Fact<Target>::Known(target, "/etc/kdump.conf");
    SshTarget ssh = GoodSsh();
    change(ssh);
    facts.target_ssh = Fact<SshTarget>::Known(ssh, "");
  };
}
Change To(std::string_view login, Distribution distribution = kRhel) {
  return [=](Facts& facts) {
    Ssh([](SshTarget&) {}, distribution)(facts);
    facts.target.value().spec = login;
  };
}
Change Alias(Distribution distribution) {
  return Ssh([](SshTarget& s) { s.alias = Fact<std::string>::Known("b.example.com", "/x"); },
             distribution);
}
Change Mode(std::uint32_t mode) {
  return Ssh([=](SshTarget& s) { s.key.value().mode = mode; });
}

TEST(ChecksTargetSsh, TargetSshConfig) {
  const std::string_view check = "target_ssh_config";
  ExpectRows({
      {"local", [](Facts&) {}, check, Status::kNotApplicable, "not_ssh"},
      {"all is well", Ssh([](SshTarget&) {}), check, Status::kPass, "usable"},
      {"no user", To("backup"), check, Status::kFail, "no_user"},
      {"no user on Debian", To("backup", kDebian), check, Status::kFail, "no_user"},
      {"no user in a URL", To("backup", kSuse), check, Status::kPass, "usable"},
      {"a port", To("kdump@backup:2222"), check, Status::kFail, "port"},
      {"a port in a URL", To("kdump@backup:2222", kSuse), check, Status::kPass, "usable"},
      {"a password in a URL",
       [](Facts& f) {
         To("kdump:***@backup", kSuse)(f);
         f.target_ssh.value().key = Fact<SshKey>::Absent("/root/.ssh/id_rsa");
       },
       check, Status::kPass, "password"},
      {"an alias", Alias(kRhel), check, Status::kFail, "alias"},
      {"an alias on SUSE", Alias(kSuse), check, Status::kFail, "alias"},
      {"an alias on Debian", Alias(kDebian), check, Status::kPass, "usable"},
      {"aliases are unreadable",
       Ssh([](SshTarget& s) { s.alias = Locked<std::string>("/root/.ssh/config"); }), check,
       Status::kUnknown, "unreadable"},
      {"no key", Ssh([](SshTarget& s) { s.key = Fact<SshKey>::Absent("/root/.ssh/x"); }), check,
       Status::kFail, "key_missing"},
      {"the key is unreadable", Ssh([](SshTarget& s) { s.key = Locked<SshKey>("/root/.ssh/x"); }),
       check, Status::kUnknown, "unreadable"},
      {"no private key", Ssh([](SshTarget& s) { s.key.value().key = {}; }), check, Status::kFail,
       "not_a_key"},
      {"mode 640", Mode(0640), check, Status::kFail, "key_mode"},
      {"mode 601", Mode(0601), check, Status::kFail, "key_mode"},
      {"mode 700", Mode(0700), check, Status::kPass, "usable"},
      {"mode 400", Mode(0400), check, Status::kPass, "usable"},
      {"a passphrase", Ssh([](SshTarget& s) { s.key.value().key.encrypted = true; }), check,
       Status::kFail, "key_encrypted"},
      {"the default instead of what is configured",
       Ssh([](SshTarget& s) { s.missing_key = "/root/.ssh/other"; }), check, Status::kWarn,
       "key_fallback"},
      {"ed25519", Ssh([](SshTarget& s) { s.key.value().key.algorithm = "ssh-ed25519"; }), check,
       Status::kPass, "usable"},
      {"ed25519 and FIPS",
       Ssh([](SshTarget& s) { s.key.value().key.algorithm = "ssh-ed25519", s.fips = true; }), check,
       Status::kWarn, "key_not_fips"},
      {"RSA and FIPS", Ssh([](SshTarget& s) { s.fips = true; }), check, Status::kPass, "usable"},
      {"not looked at",
       [](Facts& f) { To("kdump@backup")(f), f.target_ssh = Locked<SshTarget>("/root"); }, check,
       Status::kUnknown, "unreadable"},
      {"nothing configured", [](Facts& f) { f.target = Fact<Target>::Absent("/etc/kdump.conf"); },
       check, Status::kNotApplicable, "no_config"},
  });
}

Change Known(KnownHost known, Distribution distribution = kRhel) {
  return Ssh(
      [=](SshTarget& s) { s.known = Fact<KnownHost>::Known(known, "/root/.ssh/known_hosts"); },
      distribution);
}
Change HostKey(const std::string& value, KnownHost known, Distribution distribution = kSuse) {
  return [=](Facts& facts) {
    Known(known, distribution)(facts);
    facts.config.value().settings.push_back({9, "KDUMP_HOST_KEY", value});
  };
}

TEST(ChecksTargetSsh, TargetSshKnownHost) {
  const std::string_view check = "target_ssh_known_host";
  constexpr auto kNo = KnownHost::kNo;
  constexpr auto kYes = KnownHost::kYes;
  ExpectRows({
      {"local", [](Facts&) {}, check, Status::kNotApplicable, "not_ssh"},
      {"known", Known(kYes), check, Status::kPass, "known"},
      {"not known", Known(kNo), check, Status::kFail, "no_entry"},
      {"not known on Debian", Known(kNo, kDebian), check, Status::kFail, "no_entry"},
      {"hashed", Known(KnownHost::kHashed), check, Status::kUnknown, "hashed"},
      {"revoked", Known(KnownHost::kRevoked), check, Status::kFail, "revoked"},
      {"any key will do", HostKey("*", kYes), check, Status::kWarn, "unchecked"},
      {"the key is configured", HostKey("AAAAC3Nz", kNo), check, Status::kPass, "pinned"},
      {"no key is configured", HostKey("", kNo), check, Status::kFail, "no_entry"},
      {"only SUSE reads KDUMP_HOST_KEY", HostKey("*", kNo, kRhel), check, Status::kFail,
       "no_entry"},
      {"unreadable",
       Ssh([](SshTarget& s) { s.known = Locked<KnownHost>("/root/.ssh/known_hosts"); }), check,
       Status::kUnknown, "unreadable"},
      {"nothing configured", [](Facts& f) { f.target = Fact<Target>::Absent("/etc/kdump.conf"); },
       check, Status::kNotApplicable, "no_config"},
  });
}

// Problems name something to do.
TEST(ChecksTargetSsh, RemediesAreForTheDistribution) {
  Facts facts = ReadyHost();
  Known(KnownHost::kNo, kSuse)(facts);
  const Readiness readiness = Evaluate(facts, Policy{});
  EXPECT_NE(FindingOf(readiness, "target_ssh_known_host").remedy.find("mkdumprd -f"),
            std::string::npos);
}

}  // namespace
}  // namespace kdumpd
