// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/crash_trigger.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/observe.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/system_error.h"
#include "daemon/host/text_process.h"

namespace kdumpd {
namespace {

constexpr char kTrigger[] = "/proc/sysrq-trigger";

}  // namespace

Result<void> SyncWithin(std::chrono::milliseconds limit, const std::string& program) {
  auto process = TextProcess::Start(program, {});
  if (!process) return std::unexpected(process.error());
  const auto ended = WaitFor(*process, static_cast<int>(limit.count()));
  if (ended) return {};
  if (ended.error().code != ErrorCode::kTimeout) return std::unexpected(ended.error().In(program));
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
