// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// What can go wrong in a capture kernel and what helps. The words that prove each are the table in
// capture_failure.cc.
namespace kdumpd::capture_causes {

struct Cause {
  std::string_view code;
  std::string_view meaning;
  std::string_view remedy;
};

inline constexpr Cause kLuksMemory{
    "luks_memory", "too little memory to unlock the encrypted target",
    "raise crashkernel= by what `cryptsetup luksDump` shows as the memory of the key slot, or give "
    "that slot pbkdf2; see the check target_supported"};
inline constexpr Cause kOutOfMemory{"out_of_memory", "the capture kernel ran out of memory",
                                    "raise crashkernel=, see the check crash_reservation_size"};
inline constexpr Cause kInitrdTooLarge{
    "initrd_too_large", "the kdump image did not fit into the reserved memory",
    "raise crashkernel=, see the check crash_reservation_size, or leave drivers out of the image"};
inline constexpr Cause kInitrdDamaged{
    "initrd_damaged", "the kdump image is damaged or lacks what its own start needs",
    "build the image again (kdumpctl rebuild, mkdumprd -f, update-initramfs) and load it; see the "
    "checks initrd_present and initrd_stale"};
inline constexpr Cause kDriverMissing{
    "driver_missing", "the kdump image has no driver for the file system of the target",
    "add the driver to the image (extra_modules, dracut_args --add-drivers, modules of "
    "initramfs-tools) and build it again"};
inline constexpr Cause kVmcoreUnusable{
    "vmcore_unusable", "the capture kernel could not read the memory of the crashed one",
    "load the capture kernel again after every change of memory, and update kexec-tools with the "
    "kernel; see the checks elfcorehdr_symbols and capture_cmdline"};
inline constexpr Cause kWatchdog{
    "watchdog", "a watchdog ended the capture",
    "put the watchdog's driver into the kdump image, or let it wait longer than a dump takes; see "
    "the check watchdog_bootstatus"};
inline constexpr Cause kHang{
    "capture_hang", "the capture kernel or its disk hung",
    "look which driver the line names: update it or its firmware, or leave it out of the image"};
inline constexpr Cause kCrash{
    "capture_crash", "the capture kernel crashed itself",
    "look which driver the log names: leave it out of the image, or set reset_devices and "
    "nr_cpus=1; see the check capture_cmdline"};
inline constexpr Cause kNoSpace{
    "no_space", "the target was full",
    "remove old dumps (kdumpd crashes prune) or give the target more space; see the check "
    "target_free_space"};
inline constexpr Cause kDiskError{
    "disk_error", "the disk of the target failed while the dump was written",
    "check the disk (smartctl -a, the controller's log) and its file system, or dump elsewhere"};
inline constexpr Cause kNotWritable{
    "not_writable", "the directory or the file of the dump could not be made on the target",
    "make the target writable for root: no read-only mount or export, no root_squash, the path "
    "exists; see the checks target_mounted and target_path_exists"};
inline constexpr Cause kHostKey{
    "ssh_host_key", "the ssh server's key is not the known one",
    "put the server's key into known_hosts and build the image again; see the check "
    "target_ssh_known_host"};
inline constexpr Cause kSshAuth{
    "ssh_auth", "the ssh server did not accept the login",
    "hand the key to the server (kdumpctl propagate, kdump-config propagate) and build the image "
    "again; see the check target_ssh_config"};
inline constexpr Cause kNameResolution{
    "name_resolution", "the name of the server could not be resolved",
    "name the server by its address in kdump's configuration; see the check target_dns"};
inline constexpr Cause kNetwork{
    "network", "the server was not reachable",
    "check cable, address and route of the interface that the capture kernel uses, its driver in "
    "the image, and that the server listens"};
inline constexpr Cause kConnectionLost{
    "connection_lost", "the server went away while the dump was sent",
    "look into the server's log of that time: restarts, full disk, time limits of sshd or NFS"};
inline constexpr Cause kNfs{
    "nfs", "the NFS export could not be mounted",
    "mount it by hand with the options of kdump's configuration; see the check target_nfs"};
inline constexpr Cause kLuksLocked{
    "luks_locked", "the encrypted target was not unlocked",
    "let the capture kernel unlock it without a person (kdumpctl setup-crypttab, Clevis, a key "
    "file), or dump elsewhere; see the check target_supported"};
inline constexpr Cause kTargetDamaged{
    "target_damaged", "the file system of the target is damaged",
    "unmount it and run fsck or xfs_repair, then try kdump with a drill"};
inline constexpr Cause kDeviceMissing{
    "device_missing", "the disk of the target did not appear",
    "check that the image has its driver and names the disk by UUID, then build it again; see the "
    "check target_persistent_name"};
inline constexpr Cause kMountFailed{
    "mount_failed", "the target could not be mounted",
    "mount it by hand with the options of kdump's configuration, then build the image again; see "
    "the check target_mounted"};
inline constexpr Cause kCollectorMissing{
    "collector_missing", "the program that writes the dump is not in the kdump image",
    "install makedumpfile, or name the program in extra_bins, and build the image again; see the "
    "check core_collector"};
inline constexpr Cause kCollectorArguments{
    "collector_arguments", "makedumpfile did not accept its options",
    "correct core_collector or MAKEDUMP_ARGS and try them with makedumpfile --check-params; see "
    "the check core_collector"};
inline constexpr Cause kCollectorKernel{
    "collector_kernel", "makedumpfile does not understand this kernel",
    "update makedumpfile, and until then dump without filtering (-d 0) or with cp; see the check "
    "collector_supports_kernel"};
inline constexpr Cause kCollectorKilled{
    "collector_killed", "the program that writes the dump was killed or crashed",
    "raise crashkernel= first, see the check crash_reservation_size, then update makedumpfile"};
inline constexpr Cause kTimeout{
    "timeout", "systemd ended the capture before the dump was written",
    "give the service no limit (TimeoutStartSec=infinity), or dump less (makedumpfile -d 31)"};
inline constexpr Cause kHookFailed{
    "hook_failed", "the kdump_pre script failed, so no dump was tried",
    "correct the script or remove kdump_pre, and build the image again; see the check "
    "hook_scripts"};
inline constexpr Cause kCollectorFailed{
    "collector_failed", "makedumpfile failed",
    "read the lines before this one in the capture's log, and try the options of core_collector "
    "with makedumpfile --check-params"};
inline constexpr Cause kSaveFailed{
    "save_failed", "the dump could not be saved, for a reason that is not in the table",
    "read the lines before this one in the capture's log"};
inline constexpr Cause kEmergencyShell{
    "emergency_shell", "the capture ended in an emergency shell and waited for a person",
    "set failure_action reboot, and find the cause in the lines before; see the check "
    "failure_action"};

// Which no log tells.
inline constexpr Cause kHopFailed{
    "hop_failed", "the kernel panicked, and the capture kernel did not take over",
    "load the capture kernel again and try it with a drill; read the console of that time, and see "
    "the checks crash_load_lost and kexec_load_allowed"};
inline constexpr Cause kInterrupted{
    "interrupted", "the capture was cut off, or failed without a word",
    "look for what reset the node while it dumped: power, fencing, a watchdog; see the checks "
    "hard_reset_paths and target_free_space"};

}  // namespace kdumpd::capture_causes
