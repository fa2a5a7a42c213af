// SPDX-License-Identifier: Apache-2.0
// Checks of the configuration file and of the initrd that is built from it.
#include <algorithm>

#include "daemon/core/checks.h"
#include "daemon/core/core_collector.h"

namespace kdumpd {
namespace {

// What cannot be judged because there is no configuration to read.
Finding NoConfig(const Facts& facts) {
  if (facts.config.absent()) return NotApplicable("no_config", "there is no configuration file");
  return NotKnown(facts.config);
}

std::string Line(const Facts& facts, int line) {
  return line > 0 ? Cat(facts.config.source(), ":", line) : facts.config.source();
}

// The line that sets `key`, as evidence; the default when no line does.
Evidence SettingEvidence(const Facts& facts, std::string_view key, const std::string& fallback) {
  const auto& settings = facts.config->settings;
  const auto found = std::find_if(settings.rbegin(), settings.rend(),
                                  [&](const ConfigSetting& setting) { return setting.key == key; });
  if (found == settings.rend())
    return {facts.config.source(), Cat(key, " not set, so: ", Printable(fallback))};
  return {Line(facts, found->line), Cat(key, " ", Printable(Redact(key, found->value)))};
}

std::string_view CollectorKey(ConfigDialect dialect) {
  switch (dialect) {
    case ConfigDialect::kKdumpConf:
      return "core_collector";
    case ConfigDialect::kKdumpTools:
      return "MAKEDUMP_ARGS";
    case ConfigDialect::kSysconfig:
      return "KDUMP_DUMPLEVEL";
  }
  return "";
}

std::string_view FailureKey(ConfigDialect dialect) {
  switch (dialect) {
    case ConfigDialect::kKdumpConf:
      return "failure_action";
    case ConfigDialect::kKdumpTools:
      return "KDUMP_FAIL_CMD";
    case ConfigDialect::kSysconfig:
      return "KDUMP_CONTINUE_ON_ERROR";
  }
  return "";
}

std::string_view FinalKey(ConfigDialect dialect) {
  return dialect == ConfigDialect::kSysconfig ? "KDUMP_IMMEDIATE_REBOOT" : "final_action";
}

}  // namespace

// Source: kdumpctl parse_config ("No kdump config file found"), kdump-config, SUSE load.sh.
Finding ConfigPresent(const Facts& facts, const Numbers&, const Policy&) {
  if (facts.config.known()) {
    return Found(Status::kPass, "present", Cat(facts.config.source(), " is there"),
                 {{facts.config.source(), Cat(facts.config->settings.size(), " settings")}});
  }
  if (facts.config.unreadable()) return NotKnown(facts.config);
  return Found(Status::kFail, "missing", Cat(facts.config.source(), " does not exist"),
               {{facts.config.source(), "(no such file)"}},
               RemedyFor(facts, {"dnf install kdump-utils (dnf reinstall brings a lost file back)",
                                 "part of RHCOS; on FCOS: rpm-ostree install kdump-utils",
                                 "apt-get install kdump-tools (a lost file: add --reinstall -o "
                                 "Dpkg::Options::=--force-confmiss)",
                                 "zypper install kdump (--force brings a lost file back)"}));
}

Finding ConfigSyntax(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.config.known()) return NoConfig(facts);
  const auto& problems = facts.config->problems;
  if (problems.empty()) {
    return Found(Status::kPass, "accepted", Cat(facts.config.source(), " is accepted as it stands"),
                 {{facts.config.source(), Cat(facts.config->settings.size(), " settings")}});
  }
  const auto fatal = std::find_if(problems.begin(), problems.end(),
                                  [](const ConfigProblem& problem) { return problem.fatal; });
  const bool rejected = fatal != problems.end();
  const ConfigProblem& first = rejected ? *fatal : problems.front();
  std::vector<Evidence> evidence;
  for (const ConfigProblem& problem : problems) {
    if (evidence.size() < 10)
      evidence.push_back({Line(facts, problem.line), Printable(problem.message)});
  }
  const std::string more = problems.size() > 1 ? Cat(" (and ", problems.size() - 1, " more)") : "";
  return Found(rejected ? Status::kFail : Status::kWarn, first.reason,
               Cat(Line(facts, first.line), ": ", Printable(first.message), more), evidence,
               Cat("edit ", facts.config.source(), ", then ",
                   ProfileOf(facts.distribution).restart_command));
}

Finding CoreCollector(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.config.known()) return NoConfig(facts);
  const KdumpConfig& config = facts.config.value();
  const Collector collector = ParseCollector(config.collector, config.dialect, config.target.kind);
  const Evidence evidence = SettingEvidence(facts, CollectorKey(config.dialect), config.collector);
  if (collector.problems.empty()) {
    const std::string what =
        collector.is_makedumpfile ? Cat(", dump level ", collector.DumpLevel()) : "";
    return Found(Status::kPass, "accepted", Cat(Printable(collector.program, 64), what),
                 {evidence});
  }
  const auto fatal = std::find_if(collector.problems.begin(), collector.problems.end(),
                                  [](const CollectorProblem& problem) { return problem.fatal; });
  const bool rejected = fatal != collector.problems.end();
  const CollectorProblem& first = rejected ? *fatal : collector.problems.front();
  return Found(rejected ? Status::kFail : Status::kWarn, first.reason, Printable(first.message),
               {evidence},
               Cat("edit ", CollectorKey(config.dialect), " in ", facts.config.source(), ", then ",
                   ProfileOf(facts.distribution).restart_command));
}

// Source: kdump-utils dracut kdump-capture failure path; SUSE dracut/kdump-save.
Finding FailureAction(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.config.known()) return NoConfig(facts);
  const KdumpConfig& config = facts.config.value();
  const std::string& action = config.failure_action;
  const std::string_view key = FailureKey(config.dialect);
  const Evidence evidence = SettingEvidence(facts, key, action);
  const std::string remedy = RemedyFor(
      facts, {"set failure_action reboot in /etc/kdump.conf; systemctl restart kdump", "",
              "remove KDUMP_FAIL_CMD from /etc/default/kdump-tools",
              "set KDUMP_CONTINUE_ON_ERROR=true in /etc/sysconfig/kdump; systemctl restart kdump"});
  if (action == "shell") {
    const bool unattended = facts.distribution == Distribution::kCoreos;
    return Found(unattended ? Status::kFail : Status::kWarn, "shell",
                 "after a failed dump the node waits at a console shell for ever", {evidence},
                 remedy);
  }
  if (action == "halt" || action == "poweroff") {
    return Found(Status::kWarn, action,
                 Cat("after a failed dump the node stays down (", action, ")"), {evidence}, remedy);
  }
  if (action == "dump_to_rootfs" && facts.ostree) {
    return Found(Status::kWarn, "dump_to_rootfs_ostree",
                 "dump_to_rootfs needs a root file system that can be mounted and written; on "
                 "OSTree it is read-only",
                 {evidence}, remedy);
  }
  return Found(Status::kPass, "returns", Cat("after a failed dump: ", Printable(action, 64)),
               {evidence});
}

Finding FinalAction(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.config.known()) return NoConfig(facts);
  const KdumpConfig& config = facts.config.value();
  if (config.dialect == ConfigDialect::kKdumpTools) {
    return NotApplicable("always_reboots", "kdump-tools always reboots after a dump");
  }
  const Evidence evidence = SettingEvidence(facts, FinalKey(config.dialect), config.final_action);
  if (config.final_action == "reboot") {
    return Found(Status::kPass, "reboots", "the node reboots after a dump", {evidence});
  }
  return Found(
      Status::kWarn, "stays_down",
      Cat("after a good dump the node does not come back (", Printable(config.final_action, 64),
          ")"),
      {evidence},
      RemedyFor(facts, {"set final_action reboot in /etc/kdump.conf; systemctl restart kdump", "",
                        "", "set KDUMP_IMMEDIATE_REBOOT=yes in /etc/sysconfig/kdump"}));
}

// Source: kdump-utils kdump-lib.sh prepare_kdump_bootinfo; Debian kdump-config; SUSE mkdumprd.
Finding InitrdPresent(const Facts& facts, const Numbers&, const Policy& policy) {
  const std::string remedy =
      RemedyFor(facts, {"kdumpctl rebuild && kdumpctl restart",
                        "touch /etc/kdump.conf; systemctl restart kdump",
                        "update-initramfs -u; kdump-config unload; kdump-config load",
                        "mkdumprd -f; systemctl restart kdump"});
  if (facts.initrd.unreadable()) return NotKnown(facts.initrd);
  if (facts.initrd.absent()) {
    std::vector<Evidence> evidence;
    for (const std::string& path : facts.initrd_looked_at) {
      if (evidence.size() < 6) evidence.push_back({Printable(path), "(no such file)"});
    }
    if (StartUnderWay(facts, policy)) {
      return Found(Status::kWarn, "being_built",
                   "there is no initrd yet; the service is building it", evidence);
    }
    if (facts.crash_loaded.Is(true)) {
      return Found(
          Status::kWarn, "missing_but_loaded",
          "the initrd of the capture kernel is gone from disk; the loaded image still has it",
          evidence, remedy);
    }
    return Found(Status::kFail, "missing", "there is no initrd for the capture kernel", evidence,
                 remedy);
  }
  const InitrdFile& initrd = facts.initrd.value();
  const Evidence evidence{Printable(initrd.path),
                          Cat(FormatBytes(initrd.bytes), ", ",
                              initrd.magic.empty() ? "no known format" : initrd.magic)};
  if (initrd.bytes == 0)
    return Found(Status::kFail, "empty", "the initrd is an empty file", {evidence}, remedy);
  if (initrd.magic.empty()) {
    return Found(Status::kFail, "not_an_initrd", "the initrd begins like no initrd does",
                 {evidence}, remedy);
  }
  return Found(Status::kPass, "present", Cat("the initrd is ", FormatBytes(initrd.bytes)),
               {evidence});
}

}  // namespace kdumpd
