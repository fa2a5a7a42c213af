// SPDX-License-Identifier: Apache-2.0
// Checks of the place where the dump goes.
#include <algorithm>

#include "daemon/core/checks.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kLeftoverDays = 30;

bool UsesKdumpConf(const Facts& facts) {
  return ProfileOf(facts.distribution).dialect == ConfigDialect::kKdumpConf;
}

Evidence ConfiguredAt(const Facts& facts) {
  if (!facts.config.known()) return {"default", "/var/crash"};
  const ConfiguredTarget& target = facts.config->target;
  const std::string source =
      target.line > 0 ? Cat(facts.config.source(), ":", target.line) : facts.config.source();
  return {source, Cat(Name(target.kind), " ", Printable(target.spec),
                      target.spec.empty() ? "" : " ", "path ", Printable(facts.config->path))};
}

Evidence MountEvidence(const Target& target) {
  if (!target.mount) return {"/proc/1/mountinfo", "(not mounted)"};
  return {"/proc/1/mountinfo",
          Cat(Printable(target.mount->source, 128), " on ", Printable(target.mount->point, 128),
              " type ", Printable(target.mount->fstype, 32), " (",
              Printable(target.mount->options, 64), ")")};
}

// A target that is not known: nobody configured one, or we could not look.
Finding NoTarget(const Facts& facts) {
  if (facts.target.absent()) return NotApplicable("no_config", "there is no configuration file");
  return NotKnown(facts.target);
}

// The reason why this node cannot look at the target itself; "" when it can.
std::string Unseen(const Facts& facts) {
  if (!facts.target.known()) return "";
  const Target& target = facts.target.value();
  if (IsRemote(target.kind)) return Cat("the target is remote (", Name(target.kind), ")");
  if (target.kind == TargetKind::kRaw)
    return "the target is a raw partition, which is never opened";
  if (target.mount && MayHang(target.mount->fstype)) {
    return Cat("the target is on ", Printable(target.mount->fstype, 32),
               ", which may hang and is not touched");
  }
  if (target.live_path.empty()) return "the target is not mounted on the running node";
  return "";
}

}  // namespace

// Source: kdump-utils kdump-lib.sh get_kdump_mntpoint_from_target, get_save_path; kdump-config;
// kdump-save.
Finding TargetResolved(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.target.known()) return NoTarget(facts);
  const Target& target = facts.target.value();
  if (!target.problem.empty()) {
    return Found(Status::kFail, "unresolved", Printable(target.problem), {ConfiguredAt(facts)},
                 Cat("correct the target in ", ProfileOf(facts.distribution).config_path));
  }
  const std::string where =
      target.live_path.empty() ? Printable(target.spec) : Printable(target.live_path);
  return Found(Status::kPass, "resolved",
               Cat("dumps go to ", where, " (", Name(target.kind),
                   target.fstype.empty() ? "" : ", ", Printable(target.fstype, 32), ")"),
               {ConfiguredAt(facts), MountEvidence(target)});
}

// Source: kdump-utils mkdumprd check_user_configured_target.
Finding TargetMounted(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.target.known()) return NoTarget(facts);
  const Target& target = facts.target.value();
  if (IsRemote(target.kind) || target.kind == TargetKind::kRaw) {
    return NotApplicable("not_a_mount", Unseen(facts));
  }
  const std::vector<Evidence> evidence{ConfiguredAt(facts), MountEvidence(target)};
  if (target.mount && target.mount->ReadOnly()) {
    return Found(Status::kWarn, "read_only",
                 Cat(Printable(target.mount->point, 128),
                     " is mounted read-only: after an error, or on purpose"),
                 evidence,
                 Cat("check the file system and remount it: mount -o remount,rw ",
                     Printable(target.mount->point, 128)));
  }
  if (target.mount)
    return Found(Status::kPass, "mounted", Cat("mounted at ", Printable(target.mount->point, 128)),
                 evidence);
  if (facts.target_device.Is(false)) {
    return Found(Status::kFail, "device_missing",
                 Cat("the device ", Printable(target.spec, 128), " does not exist"), evidence,
                 "name the device by UUID= in the configuration, or attach it");
  }
  if (target.noauto) {
    return Found(Status::kPass, "noauto", "mounted by the capture kernel only (noauto in fstab)",
                 evidence);
  }
  // mkdumprd mounts by itself what fstab does not name (check_user_configured_target).
  if (!target.in_fstab) {
    return Found(Status::kPass, "not_in_fstab",
                 "mounted while the image is built, and for the dump", evidence);
  }
  return Found(Status::kFail, "not_mounted",
               Cat(Printable(target.spec, 128),
                   " stands in fstab without noauto and is not mounted: the image cannot be built"),
               evidence,
               Cat("mount ", Printable(target.spec, 128), ", or give it noauto in /etc/fstab"));
}

Finding TargetPathExists(const Facts& facts, const Numbers&, const Policy&) {
  const std::string unseen = Unseen(facts);
  if (!unseen.empty()) return NotApplicable("not_seen", unseen);
  if (!facts.target.known()) return NoTarget(facts);
  if (!facts.target_path.known()) return NotKnown(facts.target_path);
  const PathFacts& path = facts.target_path.value();
  const std::string& live = facts.target->live_path;
  const Evidence evidence{Printable(live), !path.exists        ? "(no such directory)"
                                           : path.is_directory ? "directory"
                                                               : "not a directory"};
  const std::string make = Cat("mkdir -p ", Printable(live, 128));
  if (!path.exists && !UsesKdumpConf(facts)) {
    return Found(Status::kPass, "made_when_needed", "the directory is made when a dump is written",
                 {evidence});
  }
  if (!path.exists) {
    // The capture kernel makes it; mkdumprd refuses to build the next image without it.
    const bool loaded = facts.crash_loaded.Is(true);
    return Found(loaded ? Status::kWarn : Status::kFail, "missing",
                 Cat(Printable(live), " does not exist: mkdumprd refuses to build the next image"),
                 {evidence}, make);
  }
  if (!path.is_directory) {
    return Found(Status::kFail, "not_a_directory", Cat(Printable(live), " is not a directory"),
                 {evidence}, Cat("move it away; ", make));
  }
  if (path.elsewhere) {
    return Found(Status::kFail, "leads_elsewhere",
                 Cat(Printable(live), " is a symbolic link onto another file system (",
                     Printable(path.resolved), "), which the capture kernel does not mount"),
                 {evidence}, "configure the real directory and its device");
  }
  return Found(Status::kPass, "present", Cat(Printable(live), " is a directory"), {evidence});
}

// Sizes by NumbersOf(). A second crash is part of the plan.
Finding TargetFreeSpace(const Facts& facts, const Numbers& numbers, const Policy&) {
  const std::string unseen = Unseen(facts);
  if (!unseen.empty()) return NotApplicable("not_seen", unseen);
  if (!facts.target.known()) return NoTarget(facts);
  if (!facts.target_space.known()) return NotKnown(facts.target_space);
  if (!numbers.dump_p50_bytes || !numbers.dump_p95_bytes) {
    return Found(Status::kUnknown, "dump_size_unknown", "the size of a dump cannot be estimated",
                 {{facts.meminfo.source(), facts.meminfo.known() ? "readable" : "(not readable)"}});
  }
  const std::uint64_t free = facts.target_space->free_bytes;
  const std::string live = Printable(facts.target->live_path, 128);
  const std::vector<Evidence> evidence{
      {Cat("statvfs ", live),
       Cat(FormatBytes(free), " free of ", FormatBytes(facts.target_space->total_bytes))},
      {"estimate", numbers.dump_method}};
  const std::string numbers_text =
      Cat(FormatBytes(free), " free at ", live, "; a dump takes about ",
          FormatBytes(*numbers.dump_p50_bytes), ", 95 % of them less than ",
          FormatBytes(*numbers.dump_p95_bytes));
  const std::string remedy =
      "remove old dumps, enlarge the target, or filter more (makedumpfile -d 31)";
  if (free < *numbers.dump_p50_bytes / 2)
    return Found(Status::kFail, "too_small", numbers_text, evidence, remedy);
  if (free < *numbers.dump_p95_bytes)
    return Found(Status::kWarn, "may_not_fit", numbers_text, evidence, remedy);
  if (free / 2 < *numbers.dump_p95_bytes) {
    return Found(Status::kWarn, "one_dump_only", Cat(numbers_text, ": a second one may not fit"),
                 evidence, remedy);
  }
  return Found(Status::kPass, "fits", numbers_text, evidence);
}

Finding IncompleteDumps(const Facts& facts, const Numbers&, const Policy&) {
  const std::string unseen = Unseen(facts);
  if (!unseen.empty()) return NotApplicable("not_seen", unseen);
  if (facts.dumps.absent())
    return Found(Status::kPass, "none", "there is no crash directory yet", {});
  if (!facts.dumps.known()) return NotKnown(facts.dumps);
  std::size_t count = 0;
  const Dump* newest = nullptr;
  for (const Dump& dump : facts.dumps.value()) {
    const bool broken = dump.state == DumpState::kIncomplete ||
                        dump.state == DumpState::kTruncated || dump.state == DumpState::kDamaged;
    const bool old = facts.now - dump.crash_time > kLeftoverDays * 86400;
    if (!broken || old || dump.historic) continue;
    ++count;
    if (newest == nullptr || dump.crash_time > newest->crash_time) newest = &dump;
  }
  if (newest == nullptr && facts.dumps_partial) {
    return Found(Status::kUnknown, "scan_unfinished",
                 "not every dump has been looked at yet; none of the others broke off", {});
  }
  if (newest == nullptr)
    return Found(Status::kPass, "none", "no dump of the last 30 days broke off", {});
  return Found(
      Status::kWarn, "found",
      Cat(count, facts.dumps_partial ? " or more" : "", count == 1 ? " dump" : " dumps",
          " of the last 30 days broke off; the newest is ", Printable(newest->directory, 128), " (",
          Name(newest->state), ", ", newest->reason, ")"),
      {{Cat(facts.dumps.source(), "/", Printable(newest->directory, 128)),
        Cat(Name(newest->state), ", ", FormatBytes(newest->bytes))}},
      "read kexec-dmesg.log beside it: out of space, out of memory, or reset during the dump");
}

}  // namespace kdumpd
