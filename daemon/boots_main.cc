// SPDX-License-Identifier: Apache-2.0
// kdumpd-boots ROOT BOOT-ID: what the journal of the node below ROOT says of the boots before
// BOOT-ID, on standard output (daemon/core/journal_wire.h). A program of its own, for kdumpd to
// start and to kill: libsystemd maps the journal's files, and whoever cuts one off ends the reader.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "daemon/core/boot_evidence.h"
#include "daemon/core/journal_wire.h"
#include "daemon/core/sanitized.h"
#include "daemon/core/text.h"
#include "daemon/host/host_root.h"
#include "daemon/host/machine_id.h"
#include "daemon/host/write_all.h"
#include "systemd/journal_boots.h"

namespace kdumpd {
namespace {

constexpr int kUsage = 64;
constexpr int kInternal = 70;

void Limit(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  limit.rlim_max = std::min(limit.rlim_max, most);
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(resource, &limit);
}

// What of this fails is no reason not to answer: whoever started us has its own limits.
void Confine() {
  Limit(RLIMIT_CORE, 0);
  (void)::prctl(PR_SET_DUMPABLE, 0);  // a core_pattern that is a pipe asks no RLIMIT_CORE
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  Limit(RLIMIT_CPU, 10);
  Limit(RLIMIT_FSIZE, 0);
  Limit(RLIMIT_NOFILE,
        4096);  // upwards: sd-journal keeps every file open, and drops what it cannot
  // sd-journal maps up to 64 pieces of 8 MiB before it gives any back.
  if (!kSanitized) Limit(RLIMIT_AS, rlim_t{1} << 30);
  if (!kSanitized) Limit(RLIMIT_DATA, rlim_t{128} << 20);
  (void)::setpriority(PRIO_PROCESS, 0, 19);
  constexpr int kWhoProcess = 1, kIdle = 3 << 13;  // linux/ioprio.h
  (void)::syscall(SYS_ioprio_set, kWhoProcess, 0, kIdle);
}

Result<std::vector<JournalBoot>> Look(const std::string& rootfs, const std::string& boot_id) {
  const auto root = HostRoot::Open({.rootfs = rootfs, .procfs = "", .sysfs = ""});
  if (!root) return std::unexpected(root.error());
  // Others' journals may be beside the node's own: those of its containers.
  const std::string machine = MachineId(*root);
  if (machine.empty()) {
    return Fail(ErrorCode::kNotFound, "no /etc/machine-id, for which the journal is named");
  }
  const auto directory = root->OpenDirectory(Cat("/var/log/journal/", machine));
  if (!directory) return std::unexpected(directory.error());
  return BootsInJournal(directory->get(), boot_id);
}

int Complain(std::string_view what, int status) {
  const std::string line = Cat("kdumpd-boots: ", what, "\n");
  (void)!::write(STDERR_FILENO, line.data(), line.size());
  return status;
}

int Main(std::span<char*> words) {
  const std::string boot_id = words.size() == 3 ? BootIdOf(words[2]) : "";
  if (boot_id.empty()) {
    return Complain("reads the journal for kdumpd, which starts it: kdumpd-boots ROOT BOOT-ID",
                    kUsage);
  }
  Confine();
  // Whoever asked may be gone: then there is nothing left to do.
  const bool said = WriteAll(STDOUT_FILENO, EncodeBoots(Look(words[1], boot_id)));
  return said ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace kdumpd

int main(int argc, char** argv) {
  try {
    return kdumpd::Main(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (...) {
    return kdumpd::Complain("internal error", kdumpd::kInternal);
  }
}
