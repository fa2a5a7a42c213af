// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/crash_trigger.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/observe.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr char kTrigger[] = "/proc/sysrq-trigger";
constexpr std::chrono::milliseconds kStep(20);

void Pause() {
  const timespec pause{.tv_sec = 0, .tv_nsec = kStep.count() * 1'000'000L};
  nanosleep(&pause, nullptr);
}

Result<void> Ended(int status, const std::string& program) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Fail(ErrorCode::kIo, Cat(program, " failed"));
}

}  // namespace

Result<void> SyncWithin(std::chrono::milliseconds limit, const std::string& program) {
  using Clock = std::chrono::steady_clock;
  std::string name = program;
  const std::array<char*, 2> argv{name.data(), nullptr};
  pid_t child = -1;
  const int error = posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ);
  if (error != 0) return FailSystem(Cat("starting ", program), error);
  const auto end = Clock::now() + limit;
  for (int status = 0;; Pause()) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return Ended(status, program);
    if (ended < 0 && errno != EINTR) return FailSystem(Cat("waiting for ", program), errno);
    if (Clock::now() >= end) break;
  }
  // It ends when the kernel lets it; whoever waited for it would wait as long.
  (void)kill(child, SIGKILL);
  return Fail(ErrorCode::kTimeout, Cat(program, " is not done after ", limit.count(), " ms"));
}

// Source: drivers/tty/sysrq.c write_sysrq_trigger: one letter, and no mask is asked.
Result<void> TriggerCrash(const HostRoot& root) {
  const auto path = root.OpenPath(kTrigger);
  if (!path) return std::unexpected(path.error());
  struct stat status{};
  if (fstat(path->get(), &status) != 0) return FailSystem(kTrigger, errno);
  if (!S_ISREG(status.st_mode)) return Fail(ErrorCode::kInvalid, Cat(kTrigger, ": no kernel file"));
  const UniqueFd trigger = Reopen(path->get(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (!trigger) return FailSystem(Cat("opening ", kTrigger), errno);
  const Fact<bool> takes_over = TakesOverNow(root);
  if (!takes_over.Is(true)) {
    return Fail(ErrorCode::kInvalid,
                takes_over.known() ? Cat("nothing would take over any more: ", takes_over.source())
                                   : Cat(takes_over.source(), ": ", takes_over.why()));
  }
  if (write(trigger.get(), "c", 1) != 1) return FailSystem(Cat("writing ", kTrigger), errno);
  return {};
}

}  // namespace kdumpd
