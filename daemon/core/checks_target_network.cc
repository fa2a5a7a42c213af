// SPDX-License-Identifier: Apache-2.0
// Checks of targets behind a network, as far as files can tell.
#include <algorithm>

#include "daemon/core/checks_target.h"
#include "daemon/core/config_dialects.h"

namespace kdumpd {
namespace {

// kdump.conf(5): the protocol's version is the server's affair. The reader of the file knows the
// word no more than kdumpctl does, and has put it among the problems.
const ConfigProblem* Nfs4Keyword(const Facts& facts) {
  if (!facts.config.known()) return nullptr;
  for (const ConfigProblem& problem : facts.config->problems) {
    if (problem.reason == "unknown_option" && problem.message.contains(Quoted("nfs4"))) {
      return &problem;
    }
  }
  return nullptr;
}

bool UsesKerberos(const Mount& mount) {
  for (const std::string_view options : {mount.options, mount.super_options}) {
    for (const std::string_view option : Split(options, ',')) {
      if (option.starts_with("sec=krb5")) return true;
    }
  }
  return false;
}

// An IPv6 address before ":/" needs brackets, or its end is not to be found.
bool LacksBrackets(std::string_view spec) {
  const auto at = spec.rfind(":/");
  return at != std::string_view::npos && !spec.starts_with('[') &&
         spec.substr(0, at).find(':') != std::string_view::npos;
}

Finding JudgeNfsMount(const Facts& facts, const Target& target) {
  const std::string name = Printable(target.spec, 128);
  if (!target.mount && DialectOf(facts) != ConfigDialect::kKdumpConf) {
    return Found(Status::kPass, "export", Cat(name, " is mounted when a dump is written"),
                 {TargetLine(facts)});
  }
  if (!target.mount) {
    // mkdumprd mounts what fstab does not name, or names with noauto, by itself.
    if (!target.in_fstab || target.noauto) {
      return Found(Status::kPass, target.noauto ? "noauto" : "mounted_for_build",
                   Cat(name, " is mounted while the image is built"), {TargetLine(facts)});
    }
    return Found(Status::kFail, "not_mounted",
                 Cat(name,
                     " is in /etc/fstab without noauto, and not mounted: the image cannot "
                     "be built"),
                 {TargetLine(facts), {"/proc/1/mountinfo", "(not mounted)"}},
                 Cat("mount ", name, ", or give it noauto in /etc/fstab"));
  }
  const Evidence options{
      "/proc/1/mountinfo",
      Cat(Printable(target.mount->source, 128), " on ", Printable(target.mount->point, 128), " (",
          Printable(target.mount->super_options, 128), ")")};
  if (UsesKerberos(*target.mount)) {
    return Found(
        Status::kWarn, "kerberos",
        Cat(name, " is mounted with sec=krb5: the capture kernel has no ticket"),
        {TargetLine(facts), options},
        Cat("export a directory with sec=sys to this node and name it in ", ConfigPath(facts)));
  }
  return Found(Status::kPass, "mounted",
               Cat(name, " is mounted at ", Printable(target.mount->point, 128)),
               {TargetLine(facts), options});
}

bool IsLoopback(std::string_view server) { return server.starts_with("127.") || server == "::1"; }

Finding JudgeNameservers(const Facts& facts, const std::string& host,
                         const std::vector<std::string>& servers) {
  constexpr std::size_t kUsed = 3;  // resolver(3) MAXNS
  const auto end = servers.begin() + static_cast<std::ptrdiff_t>(std::min(servers.size(), kUsed));
  const std::string source = facts.nameservers.source();
  const std::string remedy =
      Cat("write the address of ", host, " in ", ConfigPath(facts), ", or its line in /etc/hosts");
  if (servers.empty()) {
    return Found(Status::kWarn, "no_nameserver", Cat("nobody is asked for the address of ", host),
                 {TargetLine(facts), {source, "no nameserver"}}, remedy);
  }
  std::string list;
  for (auto server = servers.begin(); server != end; ++server) {
    list += Cat(list.empty() ? "" : " ", Printable(*server, 64));
  }
  if (std::all_of(servers.begin(), end, IsLoopback)) {
    return Found(Status::kWarn, "stub_only",
                 Cat(host, " is looked up through ", list,
                     ", a service of this node that does not run in the capture kernel"),
                 {TargetLine(facts), {source, Cat("nameserver ", list)}}, remedy);
  }
  return Found(Status::kPass, "nameserver", Cat(host, " is looked up through ", list),
               {TargetLine(facts), {source, Cat("nameserver ", list)}});
}

}  // namespace

// Source: kdump-utils mkdumprd check_user_configured_target, kdump.conf(5).
Finding TargetNfs(const Facts& facts, const Numbers&, const Policy&) {
  if (const ConfigProblem* nfs4 = Nfs4Keyword(facts)) {
    return Found(Status::kFail, "nfs4_keyword",
                 "nfs4 is no option of kdump.conf: the service refuses to start",
                 {{Cat(facts.config.source(), ':', nfs4->line), "nfs4"}},
                 Cat("write nfs instead of nfs4 in ", ConfigPath(facts)));
  }
  if (!facts.target.known()) return TargetNotKnown(facts);
  const Target& target = facts.target.value();
  if (!IsNfsTarget(target)) return NotApplicable("not_nfs", "the target is not NFS");
  const std::string form = "write server:/export, an IPv6 address as [address]:/export";
  if (LacksBrackets(target.spec)) {
    return Found(Status::kFail, "brackets",
                 Cat(Printable(target.spec, 128), " has an IPv6 address without brackets"),
                 {TargetLine(facts)}, form);
  }
  if (EndpointOf(target).host.empty() || !IsNfsExport(target.spec)) {
    return Found(Status::kFail, "not_an_export",
                 Cat('"', Printable(target.spec, 128), "\" is not server:/export"),
                 {TargetLine(facts)}, form);
  }
  return JudgeNfsMount(facts, target);
}

// Source: resolv.conf(5), hosts(5); what dracut copies of them is what answers.
Finding TargetDns(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.target.known()) return TargetNotKnown(facts);
  const std::string name = EndpointOf(facts.target.value()).host;
  const std::string host = Printable(name, 128);
  if (name.empty()) return NotApplicable("no_host", "the target names no host");
  if (IsAddress(name)) {
    return Found(Status::kPass, "address", Cat(host, " is an address"), {TargetLine(facts)});
  }
  if (DialectOf(facts) == ConfigDialect::kKdumpTools) {
    return Found(Status::kPass, "regular_system",
                 Cat(host, " is looked up by the regular system, which the capture kernel boots"),
                 {TargetLine(facts)});
  }
  if (facts.known_names.known() && std::ranges::find(facts.known_names.value(), Lower(name)) !=
                                       facts.known_names.value().end()) {
    return Found(Status::kPass, "in_hosts", Cat(host, " is in ", facts.known_names.source()),
                 {TargetLine(facts), {facts.known_names.source(), host}});
  }
  if (facts.nameservers.unreadable()) return NotKnown(facts.nameservers);
  auto finding = JudgeNameservers(facts, host, facts.nameservers.ValueOr({}));
  // The address may stand in a file that could not be read.
  const bool blind = finding.status == Status::kWarn && facts.known_names.unreadable();
  if (blind) finding = NotKnown(facts.known_names);
  return finding;
}

}  // namespace kdumpd
