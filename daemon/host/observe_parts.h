// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/core/facts.h"
#include "daemon/host/host_root.h"
#include "daemon/host/kernel_files.h"
#include "daemon/host/observe.h"

// The parts of one look, each of which fills its own fields. Only Observe() calls them, in this
// order: those after ObserveMounts know which mount points `root` avoids.
namespace kdumpd {

// /proc and /sys: cannot hang.
void ObserveKernel(const HostRoot& root, const ObserveInput& input, Facts& facts);
// The mount table of PID 1; makes `root` avoid what may hang in it.
void ObserveMounts(HostRoot& root, Facts& facts);
// Where the dump goes. Touches nothing when the mounts are not known.
void ObserveTarget(const HostRoot& root, Facts& facts);
// The capture kernel's initramfs on disk. Touches nothing when the mounts are not known.
void ObserveInitrd(const HostRoot& root, Facts& facts);

// What else stands behind the target: udev's database, keys, names, the label.
void ObserveTargetDetails(const HostRoot& root, Facts& facts);
// Knobs, modules, consoles, watchdogs, pstore and the reasons to insist on signatures. `before`:
// the look before, or null; what the firmware said is taken from there.
void ObserveMachine(const HostRoot& root, Facts& facts, const Facts* before = nullptr);
// What the boot loader will pass to the kernel at the next boot.
void ObserveNextBoot(const HostRoot& root, Facts& facts);
// What sysctl.d will set at the next boot.
void ObserveSysctlFiles(const HostRoot& root, Facts& facts);
// What the capture kernel is made of: load settings, kernel configuration, makedumpfile.
void ObserveCapture(const HostRoot& root, const ObserveInput& input, Facts& facts);
// The files that the initramfs holds copies of.
void ObserveImageInputs(const HostRoot& root, Facts& facts);

// Why a directory below `mount` is not listed or measured; "" when it may be. HostRoot keeps us off
// such mounts, the root file system excepted.
[[nodiscard]] std::string MayNotAnswer(const Mount* mount);

// Why nothing outside /proc and /sys may be touched; "" when it may.
[[nodiscard]] inline std::string Blind(const Facts& facts) {
  return facts.mounts.known() ? "" : "not looked at, because the mounts are not known";
}

}  // namespace kdumpd
