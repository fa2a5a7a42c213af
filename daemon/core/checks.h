// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/readiness.h"
#include "daemon/core/text.h"

// What the rows of the catalogue of checks are made of. Only daemon/core/check*.cc include this.
namespace kdumpd {

// The same repair, said for each family. Empty: say the first one.
struct Remedy {
  std::string_view rhel;
  std::string_view coreos;
  std::string_view debian;
  std::string_view suse;
};
[[nodiscard]] std::string RemedyFor(const Facts& facts, const Remedy& remedy);

[[nodiscard]] inline Finding Found(Status status, std::string_view reason, std::string message,
                                   std::vector<Evidence> evidence = {}, std::string remedy = {}) {
  Finding finding;
  finding.status = status;
  finding.reason = reason;
  finding.message = std::move(message);
  finding.evidence = std::move(evidence);
  finding.remedy = std::move(remedy);
  return finding;
}

// "We could not look", with the file and the reason.
template <class T>
[[nodiscard]] Finding NotKnown(const Fact<T>& fact) {
  const std::string source = fact.source().empty() ? "the node" : fact.source();
  if (fact.absent()) {
    return Found(Status::kUnknown, "absent", Cat(source, " does not exist"),
                 {{source, "(no such file)"}});
  }
  return Found(Status::kUnknown, "unreadable", Cat(source, " could not be read: ", fact.why()),
               {{source, Cat("(unreadable: ", Printable(fact.why()), ")")}});
}

[[nodiscard]] inline Finding NotApplicable(std::string_view reason, std::string message) {
  return Found(Status::kNotApplicable, reason, std::move(message));
}

// Firmware-assisted dump replaces the capture kernel on this node.
[[nodiscard]] inline bool FadumpOn(const Facts& facts) {
  return facts.fadump.known() && facts.fadump->enabled;
}

// Where Numbers::reserved_bytes comes from.
[[nodiscard]] std::string ReservedSource(const Facts& facts);

// The unit that loads the capture kernel, or nullptr when no unit of the profile is known.
[[nodiscard]] const UnitState* LoadingUnit(const Facts& facts);
// It is starting, and has not taken longer than it may.
[[nodiscard]] bool StartUnderWay(const Facts& facts, const Policy& policy);

using CheckFunction = Finding(const Facts&, const Numbers&, const Policy&);
CheckFunction CrashkernelCmdline, CrashReservation, CrashReservationVsCmdline, CrashReservationSize;
CheckFunction CrashKernelLoaded, CrashLoadLost, KexecLoadAllowed, PanicOnOops, PanicTimeout;
CheckFunction ServiceUnit, ServiceEnabled, ConfigPresent, ConfigSyntax, CoreCollector;
CheckFunction FailureAction, FinalAction, InitrdPresent;
CheckFunction TargetResolved, TargetMounted, TargetPathExists, TargetFreeSpace, IncompleteDumps;
// checks_boot.cc
CheckFunction CrashkernelPending, CrashLowMemory, LockdownSignature;
// checks_capture.cc, checks_capture_arm64.cc
CheckFunction CaptureCmdline, ElfcorehdrSymbols, CollectorSupportsKernel;
// checks_image.cc
CheckFunction HookScripts, InitrdStale, LoadedConfigDrift;
// checks_target_kind.cc
CheckFunction TargetSupported, TargetPersistentName;
// checks_target_raw.cc
CheckFunction TargetRawDevice;
// checks_target_network.cc
CheckFunction TargetNfs, TargetDns;
// checks_target_ssh.cc
CheckFunction TargetSshConfig, TargetSshKnownHost;
// checks_lockup.cc
CheckFunction OopsLimit, SoftlockupPanic, HardlockupPanic, HungTaskPanic, RcuStallPanic,
    PanicOnWarn, PanicOnOom, KernelTainted, KptrRestrict;
// checks_nmi.cc
CheckFunction UnknownNmiPanic, PanicOnNmiError, Hpwdt, SysrqCrash, NmiFromBmc;
// checks_panic_path.cc
CheckFunction McePolicy, CrashKexecPostNotifiers, PanicPrint, HardResetPaths;
// checks_evidence.cc
CheckFunction SerialConsole, PstoreRecords, WatchdogBootstatus, SelinuxDumpPath;
// checks_sysctl.cc
CheckFunction SysctlPersistence;
// checks_uploads.cc
CheckFunction UploadEncryption;

}  // namespace kdumpd
