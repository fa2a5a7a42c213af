// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/core/checks.h"

// What the checks of the target's kind and of its network share.
namespace kdumpd {

[[nodiscard]] inline bool IsNfsTarget(const Target& target) {
  return target.kind == TargetKind::kNfs || target.fstype == "nfs" || target.fstype == "nfs4";
}

// It leaves this machine, or lies on a file system that does.
[[nodiscard]] inline bool OverNetwork(const Target& target) {
  return IsRemote(target.kind) || IsNfsTarget(target) || target.fstype == "virtiofs";
}

// The line that names the target, secrets removed.
[[nodiscard]] inline Evidence TargetLine(const Facts& facts) {
  const Target& target = facts.target.value();
  const int line = facts.config.known() ? facts.config->target.line : 0;
  const std::string source =
      line > 0 ? Cat(facts.target.source(), ':', line) : facts.target.source();
  return {source, Cat(Name(target.kind), ' ', Printable(Redact("", target.spec), 128))};
}

[[nodiscard]] inline ConfigDialect DialectOf(const Facts& facts) {
  return ProfileOf(facts.distribution).dialect;
}
[[nodiscard]] inline std::string ConfigPath(const Facts& facts) {
  return std::string(ProfileOf(facts.distribution).config_path);
}

// For a target that is not known: nobody configured one, or we could not look.
[[nodiscard]] inline Finding TargetNotKnown(const Facts& facts) {
  if (facts.target.absent()) return NotApplicable("no_config", "there is no configuration file");
  return NotKnown(facts.target);
}

}  // namespace kdumpd
