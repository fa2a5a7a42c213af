// SPDX-License-Identifier: Apache-2.0
// Checks of whether a fault becomes a panic, and what follows when the hop to the capture kernel
// fails.
#include "daemon/core/checks.h"

namespace kdumpd {

// Source: kernel/panic.c, arch/x86/kernel/dumpstack.c oops_end, kernel/crash_core.c
// kexec_should_crash.
Finding PanicOnOops(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.panic_on_oops.known()) return NotKnown(facts.panic_on_oops);
  const Evidence evidence{facts.panic_on_oops.source(), Cat(facts.panic_on_oops.value())};
  if (facts.panic_on_oops.value() != 0) {
    return Found(Status::kPass, "panics", "an oops becomes a panic", {evidence});
  }
  return Found(Status::kFail, "continues",
               "an oops kills one task and the kernel runs on without a dump", {evidence},
               "sysctl -w kernel.panic_on_oops=1, and the same in /etc/sysctl.d/kdump.conf");
}

// Source: kernel/panic.c panic_timeout; the kubelet's protectKernelDefaults expects 10.
Finding PanicTimeout(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.panic_timeout.known()) return NotKnown(facts.panic_timeout);
  const std::int64_t seconds = facts.panic_timeout.value();
  const Evidence evidence{facts.panic_timeout.source(), Cat(seconds)};
  if (seconds == 0) {
    return Found(Status::kWarn, "hangs",
                 "if the capture kernel does not start, this node hangs for ever", {evidence},
                 "sysctl -w kernel.panic=10, and the same in /etc/sysctl.d/kdump.conf");
  }
  return Found(Status::kPass, "reboots",
               seconds < 0
                   ? "the node reboots at once when the capture kernel does not start"
                   : Cat("the node reboots ", seconds, " s after a panic that was not captured"),
               {evidence});
}

}  // namespace kdumpd
