// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kernel_argument.h"

#include "daemon/core/checks.h"
#include "daemon/core/text.h"

namespace kdumpd {

// grubby(8), rpm-ostree(1), update-grub(8), SUSE grub2-mkconfig.
std::string RemoveKernelArgument(const Facts& facts, std::string_view argument) {
  const std::string rhel = Cat("grubby --update-kernel=ALL --remove-args=\"", argument,
                               "\", and reboot at the next occasion");
  const std::string coreos = Cat("rpm-ostree kargs --delete-if-present=\"", argument,
                                 "\", or kernelArguments of the MachineConfig");
  const std::string debian =
      Cat("take ", argument, " out of /etc/default/grub and its grub.d, then update-grub");
  const std::string suse = Cat("take ", argument,
                               " out of /etc/default/grub, then "
                               "grub2-mkconfig -o /boot/grub2/grub.cfg");
  return RemedyFor(facts, {rhel, coreos, debian, suse});
}

std::string AddKernelArgument(const Facts& facts, std::string_view argument) {
  const std::string rhel =
      Cat("grubby --update-kernel=ALL --args=\"", argument, "\", and reboot at the next occasion");
  const std::string coreos = Cat("rpm-ostree kargs --append-if-missing=\"", argument,
                                 "\", or kernelArguments of the MachineConfig");
  const std::string debian =
      Cat("add ", argument, " to GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub");
  const std::string suse = Cat("add ", argument,
                               " to GRUB_CMDLINE_LINUX in /etc/default/grub, then "
                               "grub2-mkconfig -o /boot/grub2/grub.cfg");
  return RemedyFor(facts, {rhel, coreos, debian, suse});
}

}  // namespace kdumpd
