// SPDX-License-Identifier: Apache-2.0
// Checks of an ssh target, as far as the client's files can tell.
#include <array>

#include "daemon/core/checks_target.h"

namespace kdumpd {
namespace {

// "RSA key", for a person.
std::string KeyText(const SshKey& key) {
  return Cat(key.key.format, key.key.algorithm.empty() ? "" : " ", key.key.algorithm, ", mode ",
             key.mode >> 6U & 7U, key.mode >> 3U & 7U, key.mode & 7U,
             key.key.encrypted ? ", with a passphrase" : "");
}

constexpr Remedy kPropagate{.rhel = "kdumpctl propagate",
                            .coreos = "place a key with a MachineConfig and name it by sshkey",
                            .debian = "kdump-config propagate",
                            .suse =
                                "ssh-keygen -f /root/.ssh/id_ed25519 -N '', ssh-copy-id, and "
                                "name the key in KDUMP_SSH_IDENTITY"};

// No tool notices that known_hosts has changed.
constexpr Remedy kRebuild{.rhel = "; kdumpctl rebuild; kdumpctl restart",
                          .coreos = "; kdumpctl rebuild; kdumpctl restart",
                          .debian = " (the regular system reads the file when it dumps)",
                          .suse = "; mkdumprd -f; systemctl restart kdump"};

// What is wrong with the words "user@host", or nothing.
std::string LoginProblem(const Facts& facts, const Endpoint& endpoint, std::string_view& reason) {
  const bool url = DialectOf(facts) == ConfigDialect::kSysconfig;
  const std::string spec = Printable(facts.target->spec, 128);
  if (endpoint.host.empty() || (endpoint.user.empty() && !url)) {
    reason = "no_user";
    return Cat('"', spec, "\" is not user@host");
  }
  if (!endpoint.port.empty() && !url) {
    reason = "port";
    return Cat('"', spec, "\" names a port, which ssh takes for a part of the host's name");
  }
  return {};
}

Finding JudgeKey(const Facts& facts, const SshTarget& ssh, const SshKey& key) {
  const std::string path = Printable(key.path, 128);
  const std::vector<Evidence> evidence{TargetLine(facts), {path, KeyText(key)}};
  if (key.key.format.empty()) {
    return Found(Status::kFail, "not_a_key", Cat(path, " is no private key that ssh reads"),
                 {TargetLine(facts), {path, "(no private key)"}}, RemedyFor(facts, kPropagate));
  }
  if ((key.mode & 077U) != 0) {
    return Found(Status::kFail, "key_mode",
                 Cat(path, " is open to others (mode ", key.mode >> 6U & 7U, key.mode >> 3U & 7U,
                     key.mode & 7U, "): ssh refuses it"),
                 evidence, Cat("chmod 600 ", path));
  }
  if (key.key.encrypted) {
    return Found(Status::kFail, "key_encrypted",
                 Cat(path, " needs a passphrase, and nobody is there to type it"), evidence,
                 Cat("ssh-keygen -p -N '' -f ", path,
                     ", or make a key for kdump alone: ", RemedyFor(facts, kPropagate)));
  }
  if (!ssh.missing_key.empty()) {
    return Found(Status::kWarn, "key_fallback",
                 Cat(Printable(ssh.missing_key, 128), " does not exist: kdumpctl takes ", path,
                     " without a word"),
                 evidence, Cat("correct sshkey in ", ConfigPath(facts)));
  }
  if (ssh.fips && key.key.algorithm == "ssh-ed25519") {
    return Found(Status::kWarn, "key_not_fips",
                 Cat(path, " is an ed25519 key, which FIPS mode does not use"), evidence,
                 "make an RSA or ECDSA key: ssh-keygen -t ecdsa");
  }
  return Found(Status::kPass, "usable", Cat(path, " is a key without a passphrase"), evidence);
}

// Only the regular system of Debian reads ssh's own aliases when it dumps.
Finding FoundAlias(const Facts& facts, const Fact<std::string>& alias) {
  const bool conf = DialectOf(facts) == ConfigDialect::kKdumpConf;
  const std::string host = Printable(EndpointOf(facts.target.value()).host, 128);
  const std::string name = Printable(alias.value(), 128);
  return Found(Status::kFail, "alias",
               Cat(host, " is another name for ", name,
                   conf ? " in ssh's configuration: kdumpctl refuses it"
                        : " in ssh's configuration, which the image does not hold"),
               {TargetLine(facts), {alias.source(), Cat("HostName ", name)}},
               Cat("write ", name, " instead of ", host, " in ", ConfigPath(facts)));
}

// False, with the answer, for what is no ssh target or is not known.
bool AppliesToSsh(const Facts& facts, Finding& otherwise) {
  if (!facts.target.known()) {
    otherwise = TargetNotKnown(facts);
  } else if (facts.target->kind != TargetKind::kSsh) {
    otherwise = NotApplicable("not_ssh", "the target is not reached by ssh");
  } else if (!facts.target_ssh.known()) {
    otherwise = NotKnown(facts.target_ssh);
  } else {
    return true;
  }
  return false;
}

std::string HostKeySetting(const Facts& facts) {
  if (!facts.config.known() || DialectOf(facts) != ConfigDialect::kSysconfig) return {};
  const std::string* value = facts.config->Find("KDUMP_HOST_KEY");
  return value == nullptr ? "" : *value;
}

std::string EntryText(KnownHost known) {
  constexpr std::array<std::string_view, 4> kTexts{"(no entry)", "an entry", "(hashed entries)",
                                                   "(revoked)"};
  return std::string(kTexts.at(static_cast<std::size_t>(known)));
}

Finding JudgeKnown(const Facts& facts, KnownHost known, const std::vector<Evidence>& evidence) {
  const std::string host = Printable(EndpointOf(facts.target.value()).host, 128);
  const std::string remedy = Cat("ssh-keyscan ", host, " >> /root/.ssh/known_hosts, compare it ",
                                 "with the server's key", RemedyFor(facts, kRebuild));
  switch (known) {
    case KnownHost::kYes:
      return Found(Status::kPass, "known", Cat("a host key of ", host, " is on file"), evidence);
    case KnownHost::kHashed:
      return Found(Status::kUnknown, "hashed",
                   Cat("no plain entry names ", host,
                       ", and hashed ones are not opened: ssh-keygen", " -F ", host, " tells"),
                   evidence);
    case KnownHost::kRevoked:
      return Found(Status::kFail, "revoked", Cat("every host key of ", host, " is revoked"),
                   evidence, remedy);
    case KnownHost::kNo:
      break;
  }
  return Found(Status::kFail, "no_entry",
               Cat("no host key of ", host, " is on file: the capture kernel refuses to connect"),
               evidence, remedy);
}

}  // namespace

// Source: kdump-utils kdumpctl check_ssh_config; ssh(1); openSSH authfile.c sshkey_perm_ok.
Finding TargetSshConfig(const Facts& facts, const Numbers&, const Policy&) {
  Finding otherwise;
  if (!AppliesToSsh(facts, otherwise)) return otherwise;
  const SshTarget& ssh = facts.target_ssh.value();
  const Endpoint endpoint = EndpointOf(facts.target.value());
  std::string_view reason;
  const std::string problem = LoginProblem(facts, endpoint, reason);
  if (!problem.empty()) {
    return Found(Status::kFail, reason, problem, {TargetLine(facts)},
                 Cat("write user@host in ", ConfigPath(facts)));
  }
  if (DialectOf(facts) != ConfigDialect::kKdumpTools) {
    if (ssh.alias.unreadable()) return NotKnown(ssh.alias);
    if (ssh.alias.known()) return FoundAlias(facts, ssh.alias);
  }
  if (endpoint.user.find(':') != std::string::npos) {
    return Found(Status::kPass, "password", "the URL carries a password, so no key is needed",
                 {TargetLine(facts)});
  }
  if (ssh.key.absent()) {
    return Found(Status::kFail, "key_missing",
                 Cat("there is no private key: ", Printable(ssh.key.source())),
                 {TargetLine(facts), {Printable(ssh.key.source()), "(no such file)"}},
                 RemedyFor(facts, kPropagate));
  }
  if (!ssh.key.known()) return NotKnown(ssh.key);
  return JudgeKey(facts, ssh, ssh.key.value());
}

// Source: kdump-utils kdump.sh and openSUSE setup-kdump.functions (StrictHostKeyChecking yes);
// sshd(8) SSH_KNOWN_HOSTS FILE FORMAT.
Finding TargetSshKnownHost(const Facts& facts, const Numbers&, const Policy&) {
  Finding otherwise;
  if (!AppliesToSsh(facts, otherwise)) return otherwise;
  const std::string pinned = HostKeySetting(facts);
  if (pinned == "*") {
    return Found(Status::kWarn, "unchecked",
                 "KDUMP_HOST_KEY is *: the dump goes to whoever answers",
                 {{facts.config.source(), "KDUMP_HOST_KEY=*"}},
                 "write the server's key in KDUMP_HOST_KEY, or empty it and add the server to "
                 "/root/.ssh/known_hosts");
  }
  if (!pinned.empty()) {
    return Found(Status::kPass, "pinned", "the configuration names the server's key",
                 {{facts.config.source(), "KDUMP_HOST_KEY"}});
  }
  const Fact<KnownHost>& known = facts.target_ssh->known;
  if (!known.known()) return NotKnown(known);
  return JudgeKnown(facts, known.value(),
                    {TargetLine(facts), {known.source(), EntryText(known.value())}});
}

}  // namespace kdumpd
