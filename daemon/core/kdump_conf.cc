// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>

#include "daemon/core/config_dialects.h"
#include "daemon/core/kdump_conf_lines.h"
#include "daemon/core/text.h"

// /etc/kdump.conf. kdump-utils: kdumpctl parse_config and its check_*_config functions,
// kdump-lib-initramfs.sh kdump_read_conf.
namespace kdumpd {
namespace {

// kdump-lib-initramfs.sh DEFAULT_CORE_COLLECTOR (zlib instead of lzo on s390x).
constexpr std::string_view kDefaultCollector = "makedumpfile -l --message-level 7 -d 31";

enum class Use { kPlain, kTarget, kFlag, kDefault, kDracutArgs, kDeprecated };

struct Directive {
  std::string_view name;
  Use use = Use::kPlain;
  TargetKind target = TargetKind::kImplicit;
};

constexpr Directive kDirectives[] = {
    {"raw", Use::kTarget, TargetKind::kRaw},
    {"ext2", Use::kTarget, TargetKind::kDevice},
    {"ext3", Use::kTarget, TargetKind::kDevice},
    {"ext4", Use::kTarget, TargetKind::kDevice},
    {"minix", Use::kTarget, TargetKind::kDevice},
    {"btrfs", Use::kTarget, TargetKind::kDevice},
    {"xfs", Use::kTarget, TargetKind::kDevice},
    {"nfs", Use::kTarget, TargetKind::kNfs},
    {"ssh", Use::kTarget, TargetKind::kSsh},
    {"virtiofs", Use::kTarget, TargetKind::kVirtiofs},
    {"dracut_args", Use::kDracutArgs},
    {"default", Use::kDefault},
    {"force_rebuild", Use::kFlag},
    {"force_no_rebuild", Use::kFlag},
    {"sshkey"},
    {"path"},
    {"core_collector"},
    {"kdump_pre"},
    {"kdump_post"},
    {"kdump_emergency"},
    {"extra_bins"},
    {"extra_modules"},
    {"failure_action"},
    {"final_action"},
    {"fence_kdump_args"},
    {"fence_kdump_nodes"},
    {"auto_reset_crashkernel"},
    {"net", Use::kDeprecated},
    {"options", Use::kDeprecated},
    {"link_delay", Use::kDeprecated},
    {"disk_timeout", Use::kDeprecated},
    {"debug_mem_level", Use::kDeprecated},
    {"blacklist", Use::kDeprecated},
};

struct Action {
  std::string_view key;
  std::string_view choices;
  std::string KdumpConfig::* value;
  bool KdumpConfig::* given;
};
constexpr Action kActions[] = {
    {"failure_action", "reboot halt poweroff shell dump_to_rootfs", &KdumpConfig::failure_action,
     &KdumpConfig::failure_action_explicit},
    {"final_action", "reboot halt poweroff", &KdumpConfig::final_action,
     &KdumpConfig::final_action_explicit},
};

const Directive* Lookup(std::string_view name) {
  const auto* found = std::ranges::find(kDirectives, name, &Directive::name);
  return found == std::end(kDirectives) ? nullptr : found;
}

class Reader {
 public:
  Reader() { config_.collector = kDefaultCollector; }

  KdumpConfig Read(std::string_view text) {
    for (const ConfLine& line : ReadConfLines(text, config_)) Take(line);
    Conclude();
    return std::move(config_);
  }

 private:
  void Add(int line, bool fatal, std::string_view reason, std::string message) {
    AddProblem(config_, line, fatal, reason, std::move(message));
  }

  void Take(const ConfLine& line) {
    const Directive* directive = Lookup(line.option);
    if (directive == nullptr) {
      Add(line.number, kFatal, "unknown_option",
          Cat("invalid option ", Quoted(line.option), "; expected a directive of kdump.conf(5)"));
      return;
    }
    if (directive->use == Use::kDeprecated) {
      Add(line.number, kFatal, "deprecated_option",
          Cat("option ", Quoted(line.option), " was withdrawn; kdump.conf(5) names its successor"));
      return;
    }
    if (line.value.empty()) {
      Add(line.number, kFatal, "no_value",
          Cat("option ", Quoted(line.option), " has no value; expected one after it"));
      return;
    }
    if (directive->use != Use::kTarget) {
      Claim(line, directive->use == Use::kDefault ? "failure_action" : directive->name);
    }
    Store(line, *directive);
  }

  // parse_config refuses whatever stands twice; `default` is stored as failure_action.
  void Claim(const ConfLine& line, std::string_view slot) {
    const auto [first, fresh] = lines_.try_emplace(slot, line.number);
    if (fresh) return;
    Add(line.number, kFatal, "duplicate_option",
        Cat("option ", Quoted(line.option), " repeats ", slot, " of line ", first->second,
            "; expected one"));
  }

  void ClaimTarget(int number) {
    const int first = std::exchange(target_line_, number);
    if (first == 0 || first == number) return;
    Add(number, kFatal, "several_targets",
        Cat("a second dump target after line ", first, "; expected one"));
  }

  void Store(const ConfLine& line, const Directive& directive) {
    config_.settings.push_back({line.number, std::string(line.option), line.value});
    switch (directive.use) {
      case Use::kTarget:
        StoreTarget(line, directive.target);
        return;
      case Use::kDracutArgs:
        StoreMount(line);
        return;
      case Use::kFlag:
        CheckFlag(line);
        return;
      case Use::kDefault:
        Add(line.number, kWarning, "obsolete_option",
            "option 'default' is obsolete; expected 'failure_action'");
        StoreAction({line.number, "failure_action", line.value});
        return;
      default:
        StorePlain(line);
    }
  }

  void StorePlain(const ConfLine& line) {
    if (line.option == "path") {
      config_.path = line.value;
      if (line.value.starts_with('/')) return;
      Add(line.number, kWarning, "path_not_absolute",
          Cat("path is ", Quoted(line.value), "; expected a path that begins with '/'"));
    } else if (line.option == "core_collector") {
      config_.collector = line.value;
      config_.collector_explicit = true;
    } else {
      StoreAction(line);
    }
  }

  void StoreAction(const ConfLine& line) {
    const auto* action = std::ranges::find(kActions, line.option, &Action::key);
    if (action == std::end(kActions)) return;
    config_.*(action->value) = line.value;
    config_.*(action->given) = true;
    const auto choices = Words(action->choices);
    if (std::ranges::find(choices, line.value) != choices.end()) return;
    Add(line.number, kFatal, "invalid_value",
        Cat(action->key, " is ", Quoted(line.value), "; expected one of ", action->choices));
  }

  void CheckFlag(const ConfLine& line) {
    if (line.value == "0" || line.value == "1") return;
    Add(line.number, kFatal, "invalid_value",
        Cat(line.option, " is ", Quoted(line.value), "; expected 0 or 1"));
  }

  void StoreTarget(const ConfLine& line, TargetKind kind) {
    ClaimTarget(line.number);
    const bool device = kind == TargetKind::kDevice;
    const bool ssh = kind == TargetKind::kSsh;
    config_.target = {kind, Redact("", ssh ? WithoutPassword(line.value) : line.value),
                      std::string(device ? line.option : ""), line.number};
    if (kind == TargetKind::kNfs && !IsNfsExport(line.value)) {
      Add(line.number, kWarning, "invalid_nfs_target",
          Cat("nfs target ", Quoted(line.value), "; expected host:/export"));
    }
    if (ssh) CheckSsh(line);
    if (device || kind == TargetKind::kRaw) CheckDevice(line);
  }

  void CheckSsh(const ConfLine& line) {
    const auto at = line.value.find('@');
    const bool blanks = line.value.find(' ') != std::string::npos;
    if (at != std::string::npos && at > 0 && at + 1 < line.value.size() && !blanks) return;
    Add(line.number, kFatal, "invalid_ssh_target",
        Cat("ssh target ", Quoted(config_.target.spec), "; expected user@host"));
  }

  void CheckDevice(const ConfLine& line) {
    constexpr std::array<std::string_view, 5> kForms{"/dev/",
                                                     "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="};
    const auto begins = [&](std::string_view form) { return line.value.starts_with(form); };
    if (std::ranges::any_of(kForms, begins)) return;
    Add(line.number, kWarning, "invalid_device",
        Cat(line.option, " target ", Quoted(line.value),
            "; expected /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL="));
  }

  // --mount "device point fstype options": the argument stands in quotes, kdump-lib.sh
  // get_dracut_args_target and get_dracut_args_fstype.
  void StoreMount(const ConfLine& line) {
    constexpr std::string_view kMount = "--mount";
    const std::string_view value = line.value;
    const auto at = value.find(kMount);
    if (at == std::string_view::npos) return;
    if (value.find(kMount, at + kMount.size()) != std::string_view::npos) {
      Add(line.number, kFatal, "several_mounts",
          "dracut_args holds more than one --mount; expected at most one");
    }
    ClaimTarget(line.number);
    std::string_view rest = value.substr(at + kMount.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" ="), rest.size()));
    if (rest.starts_with('"') || rest.starts_with('\'')) {
      const char quote = rest.front();
      rest.remove_prefix(1);
      rest = rest.substr(0, rest.find(quote));
    }
    const auto words = Words(rest);
    if (words.size() < 3) {
      Add(line.number, kFatal, "no_value",
          "--mount in dracut_args names no target; expected --mount \"device point fstype\"");
    }
    StoreMounted(line.number, words);
  }

  void StoreMounted(int number, const std::vector<std::string_view>& words) {
    const std::string_view fstype = words.size() < 3 ? "" : words[2];
    const TargetKind kind = fstype.starts_with("nfs") ? TargetKind::kNfs
                            : fstype == "virtiofs"    ? TargetKind::kVirtiofs
                            : fstype == "cifs"        ? TargetKind::kSmb
                                                      : TargetKind::kMount;
    config_.target = {kind, words.empty() ? "" : Redact("", words[0]), std::string(fstype), number};
  }

  void Conclude() {
    const std::string* always = config_.Find("force_rebuild");
    const std::string* never = config_.Find("force_no_rebuild");
    if (always != nullptr && never != nullptr && *always == "1" && *never == "1") {
      Add(lines_["force_no_rebuild"], kFatal, "conflicting_options",
          "force_rebuild and force_no_rebuild are both 1; expected at most one of them");
    }
    const bool stream =
        config_.target.kind == TargetKind::kSsh || config_.target.kind == TargetKind::kRaw;
    if (stream && !config_.collector_explicit) config_.collector += " -F";
  }

  KdumpConfig config_;
  std::map<std::string_view, int> lines_;  // option -> its first line
  int target_line_ = 0;
};

}  // namespace

KdumpConfig ParseKdumpConf(std::string_view text) { return Reader().Read(text); }

}  // namespace kdumpd
