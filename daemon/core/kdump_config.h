// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/profile.h"

// Three configuration dialects, one meaning.
// kdump.conf: kdump-utils kdumpctl parse_config, kdump-lib-initramfs.sh kdump_read_conf.
// kdump-tools: Debian /usr/sbin/kdump-config, read by dash and as a systemd EnvironmentFile.
// sysconfig: SUSE kdump-read-config.sh, sysconfig.kdump.in.
namespace kdumpd {

struct ConfigProblem {
  int line = 0;         // 1-based; 0: the file as a whole
  bool fatal = false;   // the tool itself refuses to start with it
  std::string reason;   // stable code: unknown_option, duplicate_option, no_value, ...
  std::string message;  // what stands there and what was expected; secrets removed
};

// One assignment as it stands in the file, value as the tool sees it.
struct ConfigSetting {
  int line = 0;
  std::string key;
  std::string value;
};

enum class TargetKind {
  kImplicit,  // a path on whatever is mounted there
  kDevice,    // `fstype device`: path is relative to that filesystem
  kRaw,       // a raw partition
  kNfs,
  kSsh,
  kVirtiofs,
  kFtp,
  kSmb,
  kMount,  // dracut_args --mount "device point fstype ..."
};
[[nodiscard]] std::string_view Name(TargetKind kind);  // label value: local, device, raw, nfs, ...
// Whether this node cannot see what arrives there.
[[nodiscard]] bool IsRemote(TargetKind kind);

struct ConfiguredTarget {
  TargetKind kind = TargetKind::kImplicit;
  std::string spec;    // device, UUID=, LABEL=, host:/export, user@host, tag; secrets removed
  std::string fstype;  // for kDevice and kMount
  int line = 0;        // 0: the default
};

struct KdumpConfig {
  ConfigDialect dialect = ConfigDialect::kKdumpConf;
  bool enabled = true;  // kdump-tools: USE_KDUMP; sysconfig: KDUMP_DUMPFORMAT is not none
  bool collector_explicit = false;
  bool failure_action_explicit = false;
  bool final_action_explicit = false;

  std::vector<ConfigProblem> problems;
  std::vector<ConfigSetting> settings;  // in file order, secrets kept: redact before showing

  ConfiguredTarget target;
  std::string path = "/var/crash";  // `path`, KDUMP_COREDIR, the path of KDUMP_SAVEDIR
  std::string collector;            // command line with options; the default when not set
  std::string failure_action = "reboot";
  std::string final_action = "reboot";
  // kdump-tools: KDUMP_KERNEL and KDUMP_INITRD; empty elsewhere.
  std::string kernel_image;
  std::string initrd;

  // The last value of `key`, or nullptr.
  [[nodiscard]] const std::string* Find(std::string_view key) const;
};

// Never fails: a file that cannot be understood at all is a list of problems.
[[nodiscard]] KdumpConfig ParseKdumpConfig(ConfigDialect dialect, std::string_view text);

// `value` with passwords and tokens replaced by "***": by key (FTP_PASSWORD, *TOKEN*, *SECRET*),
// and the userinfo password of URLs wherever it stands.
[[nodiscard]] std::string Redact(std::string_view key, std::string_view value);

}  // namespace kdumpd
