// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "daemon/core/error.h"
#include "daemon/core/inspect_wire.h"
#include "daemon/core/inspection.h"
#include "daemon/host/child_process.h"

namespace kdumpd {

struct InspectRequest {
  CheckLevel level = CheckLevel::kSampled;
  std::uint64_t log_bytes = 0;  // the newest; 0: no log
  std::uint64_t cpu_seconds = 10;
  std::uint64_t memory_bytes = 256 << 20;
};

// How a helper ended.
struct InspectOutcome {
  std::string facts;  // JSON; "" when it gave no answer
  // Why there is none: "inspector_signal", "inspector_memory", "inspector_cpu" (its CPU time was
  // over), "inspector_failed" (exit status), "inspector_garbled" (said what makes no sense); else
  // "".
  std::string reason;
  std::string detail;  // "killed by signal 11"
};

// The program kdumpd-inspect at work on open files: started with posix_spawn, knowing nothing but
// those files and a pipe. One thread. The destructor kills and reaps it: dropping it is how to stop
// one that takes too long.
class InspectProcess {
 public:
  struct Handlers {
    std::function<void(const ProgressFrame&)> progress;  // may be empty
    std::function<void(std::string_view)> log;           // whole lines; may be empty
  };
  // `files`: the dump, then what may be other parts of a split set; stay the caller's.
  static Result<InspectProcess> Start(const std::string& program, std::span<const int> files,
                                      const InspectRequest& request);

  // Becomes readable when Step() has something to do. Nonblocking.
  [[nodiscard]] int fd() const { return child_.fd(); }
  // Takes what is there, at most 1 MiB. The outcome once it has ended; nothing while it works.
  [[nodiscard]] std::optional<InspectOutcome> Step(const Handlers& handlers);

 private:
  explicit InspectProcess(ChildProcess child) : child_(std::move(child)) {}
  [[nodiscard]] Result<void> Take(const Handlers& handlers);
  [[nodiscard]] InspectOutcome End();

  ChildProcess child_;
  FrameReader frames_;
  std::string facts_;
};

// Steps until it ends, has said nothing for `stall_ms`, or takes longer than `total_ms`, which 0
// allows (reason "inspector_timeout").
[[nodiscard]] InspectOutcome WaitFor(InspectProcess& process,
                                     const InspectProcess::Handlers& handlers, int stall_ms,
                                     int total_ms = 0);

// Where the helper is.
[[nodiscard]] Result<std::string> InspectProgram();

}  // namespace kdumpd
