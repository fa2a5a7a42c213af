#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the capture kernel: writes the dump in kdump-utils' order, under its names and with its words,
# for the local target only.
set -u

path=/var/crash
collector="makedumpfile -l --message-level 7 -d 31"
failure_action=reboot
final_action=reboot
while read -r option value; do
  case $option in
    path) path=$value ;;
    core_collector) collector=$value ;;
    failure_action | default) failure_action=$value ;;
    final_action) final_action=$value ;;
  esac
done <<CONF
$(sed -e 's/#.*//' -e 's/[[:space:]]*$//' /etc/kdump.conf)
CONF

log=/run/initramfs/kexec-dmesg.log
directory=$(echo "/sysroot/$path/127.0.0.1-$(date +%Y-%m-%d-%T)" | tr -s /)
reached=

say() { echo "kdump: $*"; }

act() {
  case $1 in
    poweroff) systemctl poweroff -f ;;
    halt) systemctl halt -f ;;
    shell) sh -i ;;
    *) systemctl reboot -f ;;
  esac
}

save_dmesg() {
  say "saving vmcore-dmesg.txt to $directory/"
  if vmcore-dmesg /proc/vmcore >"$directory/vmcore-dmesg-incomplete.txt"; then
    mv "$directory/vmcore-dmesg-incomplete.txt" "$directory/vmcore-dmesg.txt"
    chmod 600 "$directory/vmcore-dmesg.txt"
    sync
    say "saving vmcore-dmesg.txt complete"
  else
    say "saving vmcore-dmesg.txt failed"
  fi
}

save_vmcore() {
  say "saving to $directory/"
  mount -o remount,rw /sysroot || return 1
  mkdir -p "$directory" || return 1
  reached=1
  save_dmesg
  say "saving vmcore"
  # Its words go to the console, not into the log.
  $collector /proc/vmcore "$directory/vmcore-incomplete" >/dev/console 2>&1
  status=$?
  if [ $status -ne 0 ]; then
    say "saving vmcore failed, exitcode:$status"
    return 1
  fi
  sync -f "$directory/vmcore-incomplete"
  status=$?
  if [ $status -ne 0 ]; then
    say "sync vmcore failed, exitcode:$status"
    return 1
  fi
  mv "$directory/vmcore-incomplete" "$directory/vmcore"
  say "saving vmcore complete"
}

save_log() {
  [ -n "$reached" ] || return
  say "saving the $log to $directory/"
  dmesg -T >"$log"
  journalctl -ab >>"$log"
  chmod 600 "$log"
  mv "$log" "$directory/"
}

if save_vmcore; then action=$final_action; else
  say "saving vmcore failed"
  action=$failure_action
fi
save_log
sync
say "Executing final action $action"
act "$action"
