// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/image_inputs.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using enum InputRole;
using enum ConfigDialect;

enum class When {
  kAlways,
  kNetwork,    // the target is reached over a network
  kNamedHost,  // and by name, not by address
  kSshTarget,
};

struct FixedRow {
  ConfigDialect dialect;
  std::string_view path;
  InputRole role;
  bool tracked;
  When when = When::kAlways;
  bool required = false;
};

// Debian's capture kernel boots the ordinary root file system: keys and names are no copies there.
constexpr FixedRow kFixed[] = {
    {kKdumpConf, "/etc/sysconfig/kdump", kLoadSettings, false},
    {kKdumpConf, "/etc/fstab", kFstab, true},
    // check_exist asks for these two, whatever is in them; emergency.d came later (2026-01).
    {kKdumpConf, "/etc/kdump/pre.d", kHookDirectory, true, When::kAlways, true},
    {kKdumpConf, "/etc/kdump/post.d", kHookDirectory, true, When::kAlways, true},
    {kKdumpConf, "/etc/kdump/emergency.d", kHookDirectory, true},
    {kKdumpConf, "/root/.ssh/known_hosts", kSsh, false, When::kSshTarget},
    {kKdumpConf, "/root/.ssh/config", kSsh, false, When::kSshTarget},
    {kKdumpConf, "/etc/ssh/ssh_known_hosts", kSsh, false, When::kSshTarget},
    {kKdumpConf, "/etc/ssh/ssh_config", kSsh, false, When::kSshTarget},
    {kKdumpConf, "/etc/NetworkManager/system-connections", kNetworkDirectory, false,
     When::kNetwork},
    {kKdumpConf, "/etc/hosts", kNetwork, false, When::kNamedHost},
    {kKdumpConf, "/etc/resolv.conf", kNetwork, false, When::kNamedHost},
    {kKdumpConf, "/etc/nsswitch.conf", kNetwork, false, When::kNamedHost},
    {kKdumpTools, "/etc/kdump/sysctl.conf", kKernel, true},
    {kSysconfig, "/etc/hosts", kNetwork, true, When::kNetwork},
    {kSysconfig, "/etc/nsswitch.conf", kNetwork, true, When::kNetwork},
    {kSysconfig, "/etc/resolv.conf", kNetwork, false, When::kNamedHost},
    {kSysconfig, "/root/.ssh/known_hosts", kSsh, false, When::kSshTarget},
};

struct ListRow {
  ConfigDialect dialect;
  std::string_view key;
  bool command;   // the first word is the program, the others are its arguments
  bool required;  // kdumpctl check_exist, check_executable; dracut only complains
};
constexpr ListRow kLists[] = {
    {kKdumpConf, "kdump_pre", false, true},
    {kKdumpConf, "kdump_post", false, true},
    {kKdumpConf, "kdump_emergency", false, true},
    {kKdumpConf, "extra_bins", false, true},
    {kSysconfig, "KDUMP_PRESCRIPT", true, false},
    {kSysconfig, "KDUMP_POSTSCRIPT", true, false},
    {kSysconfig, "KDUMP_REQUIRED_PROGRAMS", false, false},
};

constexpr std::array<std::string_view, 4> kRootKeys{"id_rsa", "id_ecdsa", "id_ed25519", "id_dsa"};

bool OverNetwork(const Target& target) {
  constexpr std::array kKinds{TargetKind::kNfs, TargetKind::kSsh, TargetKind::kFtp,
                              TargetKind::kSmb};
  return std::ranges::find(kKinds, target.kind) != kKinds.end() ||
         target.fstype.starts_with("nfs") || target.fstype == "cifs";
}

// "user@host", "host:/export", "[address]:/export", "//host/share".
bool HostIsAddress(std::string_view spec) {
  const auto at = spec.rfind('@');
  if (at != std::string_view::npos) spec.remove_prefix(at + 1);
  if (spec.starts_with("//")) spec.remove_prefix(2);
  if (spec.starts_with('[')) return true;
  spec = spec.substr(0, spec.find('/'));
  if (spec.ends_with(':')) spec.remove_suffix(1);
  const bool v6 = spec.find(':') != std::string_view::npos;
  return v6 || (!spec.empty() && spec.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string ValueOf(const KdumpConfig& config, std::string_view key) {
  const std::string* value = config.Find(key);
  return value == nullptr ? "" : *value;
}

class Inputs {
 public:
  Inputs(Distribution distribution, const KdumpConfig& config, const Target& target,
         std::string_view release)
      : config_(config), target_(target), release_(release) {
    const bool copied = config.dialect != kKdumpTools;
    Add({std::string(ProfileOf(distribution).config_path),
         copied ? kConfig : kLoadSettings,
         copied,
         false,
         {}});
  }

  std::vector<ImageInput> Take() {
    for (const FixedRow& row : kFixed) AddFixed(row);
    for (const ListRow& row : kLists) AddList(row);
    AddKernel();
    AddCollector();
    AddKeys();
    Force();
    return std::move(list_);
  }

 private:
  void Add(ImageInput input) {
    const bool pattern = input.path.find_first_of("*?[") != std::string::npos;
    if (input.path.empty() || pattern || list_.size() >= kMaxImageInputs) return;
    if (std::ranges::find(list_, input.path, &ImageInput::path) == list_.end()) {
      list_.push_back(std::move(input));
    }
  }

  void AddFixed(const FixedRow& row) {
    const bool network = OverNetwork(target_);
    const bool applies =
        row.when == When::kAlways || (row.when == When::kNetwork && network) ||
        (row.when == When::kNamedHost && network && !HostIsAddress(target_.spec)) ||
        (row.when == When::kSshTarget && target_.kind == TargetKind::kSsh);
    if (row.dialect != config_.dialect || !applies) return;
    Add({std::string(row.path), row.role, row.tracked, row.required, {}});
  }

  void AddList(const ListRow& row) {
    if (row.dialect != config_.dialect) return;
    const std::string value = ValueOf(config_, row.key);
    for (const std::string_view word : Words(value)) {
      const bool assignment = row.command && word.find('=') != std::string_view::npos;
      if (!assignment) Add({Path(word), kHook, row.required, row.required, std::string(row.key)});
      if (row.command) break;
    }
  }

  // kdumpctl tests names as they stand, in the directory where systemd starts it: "/".
  [[nodiscard]] std::string Path(std::string_view word) const {
    const bool in_place = word.starts_with('/') || config_.dialect != kKdumpConf;
    return in_place ? std::string(word) : Cat('/', word);
  }

  void AddKernel() {
    if (release_.empty() || config_.dialect == kSysconfig) return;  // mkdumprd compares its path
    // kdump-config makes its link anew after the image: only what the link leads to counts.
    const std::string& named = config_.kernel_image;
    if (!named.empty() && named != "/var/lib/kdump/vmlinuz") return;
    const bool tracked = config_.dialect == kKdumpConf;
    Add({Cat("/boot/vmlinuz-", release_), kKernel, tracked, false, {}});
    if (ValueOf(config_, "extra_modules").empty()) return;
    Add({Cat("/lib/modules/", release_, "/modules.dep"), kKernel, tracked, false, {}});
  }

  // Only a collector that the configuration names is looked at by kdumpctl.
  void AddCollector() {
    if (config_.dialect != kKdumpConf) return;
    const auto words = Words(config_.collector);
    if (words.empty()) return;
    const bool bare = words.front().find('/') == std::string_view::npos;
    Add({bare ? std::string(words.front()) : Path(words.front()), kProgram,
         config_.collector_explicit, false, "core_collector"});
  }

  void AddKeys() {
    if (target_.kind != TargetKind::kSsh || config_.dialect == kKdumpTools) return;
    if (config_.dialect == kKdumpConf) {
      const std::string key = ValueOf(config_, "sshkey");
      Add({key.empty() ? "/root/.ssh/kdump_id_rsa" : Path(key), kSshKey, false, false, "sshkey"});
      return;
    }
    const std::string identities = ValueOf(config_, "KDUMP_SSH_IDENTITY");
    for (std::string_view word : Words(identities)) {
      const bool home = word.starts_with("~/");
      if (home) word.remove_prefix(2);
      Add({word.starts_with('/') ? std::string(word) : Cat(home ? "/root/" : "/root/.ssh/", word),
           kSshKey, false, false, "KDUMP_SSH_IDENTITY"});
    }
    for (const std::string_view name : kRootKeys) {
      Add({Cat("/root/.ssh/", name, ".pub"), kSsh, true, false, {}});
      if (identities.empty()) Add({Cat("/root/.ssh/", name), kSsh, false, false, {}});
    }
  }

  // kdumpctl check_rebuild: force_no_rebuild leaves before anything is looked at, force_rebuild
  // builds whatever was found.
  void Force() {
    const bool never = ValueOf(config_, "force_no_rebuild") == "1";
    const bool always = ValueOf(config_, "force_rebuild") == "1";
    for (ImageInput& input : list_) {
      if (input.role == kLoadSettings) continue;
      input.tracked = (input.tracked || always) && !never;
      input.required = input.required && !never;
    }
  }

  const KdumpConfig& config_;
  const Target& target_;
  std::string_view release_;
  std::vector<ImageInput> list_;
};

}  // namespace

std::vector<ImageInput> ImageInputs(Distribution distribution, const KdumpConfig& config,
                                    const Target& target, std::string_view kernel_release) {
  return Inputs(distribution, config, target, kernel_release).Take();
}

std::string ScriptInterpreter(std::string_view head) {
  if (!head.starts_with("#!")) return {};
  head = head.substr(2, head.find('\n') - 2);
  head.remove_prefix(std::min(head.find_first_not_of(" \t"), head.size()));
  return std::string(head.substr(0, head.find_first_of(std::string_view(" \t\0", 3))));
}

bool SaysGenerated(std::string_view text) {
  constexpr std::array<std::string_view, 6> kMarks{
      "enerated by ",                     // NetworkManager, dhclient-script, resolvconf, netconfig
      "managed by man:systemd-resolved",  //
      "resolvconf(8)",                    //
      "manage_etc_hosts",                 // cloud-init
      "openshift-generated-node-resolver",  // OpenShift's dns operator, /etc/hosts
      "This file is managed by ",           // NetworkManager, resolved's stub
  };
  return std::ranges::any_of(kMarks, [&](std::string_view mark) { return text.contains(mark); });
}

}  // namespace kdumpd
