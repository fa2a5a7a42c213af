// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/observe_machine.h"

#include <array>

#include "daemon/core/machine_texts.h"
#include "daemon/host/observe_parts.h"

namespace kdumpd {
namespace {

constexpr std::size_t kModulesLimit = 1 << 20;

// A tree that can be listed says by a missing file that the kernel was built without it. Of
// /proc/sys, its largest part: /proc itself is listed even where that is hidden.
void ObserveKnobs(const HostRoot& root, Facts& facts) {
  const KernelFiles sysctl(root, "/proc/sys/kernel");
  const KernelFiles sys(root, "/sys/kernel");
  for (std::size_t i = 0; i < kKnobs; ++i) {
    const auto knob = static_cast<Knob>(i);
    const std::string_view path = PathOf(knob);
    const KernelFiles& files = path.starts_with("/proc/") ? sysctl : sys;
    facts.knobs[i] = Parsed<std::int64_t>(
        files.Read(path), [&](std::string_view text) { return ParseKnob(knob, text); });
  }
}

void ObserveLists(const HostRoot& root, Facts& facts) {
  const KernelFiles proc(root, "/proc");
  facts.modules = Parsed<std::vector<KernelModule>>(
      proc.Read("/proc/modules", kModulesLimit),
      [](std::string_view text) { return Result<std::vector<KernelModule>>(ParseModules(text)); });
  facts.consoles = Parsed<std::vector<Console>>(
      proc.Read("/proc/consoles"),
      [](std::string_view text) { return Result<std::vector<Console>>(ParseConsoles(text)); });
}

// drivers/char/ipmi/ipmi_devintf.c makes it. Only looked for, never opened.
Fact<bool> ReadIpmiDevice(const HostRoot& root, const Facts& facts) {
  constexpr std::string_view kDevice = "/dev/ipmi0";
  if (const std::string why = Blind(facts); !why.empty()) {
    return Fact<bool>::Unreadable(std::string(kDevice), why);
  }
  const auto entry = root.Stat(kDevice);
  if (entry) return Fact<bool>::Known(true, std::string(kDevice));
  if (entry.error().code != ErrorCode::kNotFound) {
    return Fact<bool>::Unreadable(std::string(kDevice), entry.error().message);
  }
  const KernelFiles dev(root, "/dev");
  if (!dev.Listed().known()) return dev.NotThere<bool>(kDevice);
  return Fact<bool>::Known(false, std::string(kDevice));
}

// Where a kubelet of kubeadm and of OpenShift keeps its configuration.
bool HasKubelet(const HostRoot& root, const Facts& facts) {
  if (!Blind(facts).empty()) return false;
  constexpr std::array<std::string_view, 2> kFiles{"/var/lib/kubelet/config.yaml",
                                                   "/etc/kubernetes/kubelet.conf"};
  for (const std::string_view file : kFiles) {
    if (root.Stat(file).has_value()) return true;
  }
  return false;
}

}  // namespace

void ObserveMachine(const HostRoot& root, Facts& facts, const Facts* before) {
  ObserveKnobs(root, facts);
  ObserveLists(root, facts);
  facts.trust = ReadTrust(root, before);
  facts.watchdogs = ReadWatchdogs(root);
  facts.pstore = ReadPstore(root, facts);
  facts.ipmi_device = ReadIpmiDevice(root, facts);
  facts.kubernetes = HasKubelet(root, facts);
}

}  // namespace kdumpd
