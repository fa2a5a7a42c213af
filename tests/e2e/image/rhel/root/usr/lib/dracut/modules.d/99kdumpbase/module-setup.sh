#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the capture kernel needs to write a dump; made by kdumpctl only.

check() {
  return 255
}

depends() {
  echo "base systemd-initrd rootfs-block"
}

install() {
  # shellcheck disable=SC2154 # moddir, systemdsystemunitdir: dracut's
  {
    inst_multiple makedumpfile vmcore-dmesg date dmesg journalctl mkdir mv chmod cat sed sync \
      mount findmnt nproc tr
    inst_simple /etc/kdump.conf
    inst_script "$moddir/kdump.sh" /bin/kdump.sh
    inst_simple "$moddir/kdump-capture.service" "$systemdsystemunitdir/kdump-capture.service"
    # As long as the dump takes; initrd.target is what the initramfs starts.
    systemctl -q --root "$initdir" add-wants initrd.target kdump-capture.service
  }
}
