// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "daemon/core/error.h"
#include "daemon/core/upload_job.h"
#include "daemon/host/child_process.h"

namespace kdumpd {

// kdumpd-ship at work on one job. One thread; dropping it kills and reaps it: what it has done by
// then is in the journal.
class ShipProcess {
 public:
  // `journal`, then `files`, in the order of job.objects; they stay the caller's.
  static Result<ShipProcess> Start(const UploadJob& job, int journal, std::span<const int> files);

  // Becomes readable when Step() has something to do. Nonblocking.
  [[nodiscard]] int fd() const { return child_.fd(); }
  // Takes what is there; how it ended once it has. kHelper: without a word that makes sense.
  [[nodiscard]] std::optional<UploadEnd> Step();
  [[nodiscard]] const std::optional<UploadProgress>& progress() const { return talk_.progress(); }

 private:
  explicit ShipProcess(ChildProcess child) : child_(std::move(child)) {}
  UploadEnd Kill(std::string why);

  ChildProcess child_;
  UploadTalk talk_;
};

// It says something at least every second while it works; a mount that is dead keeps it from that,
// and a server that takes its time does for its own patience at most.
inline constexpr std::chrono::minutes kMostShipSilence{30};

[[nodiscard]] UploadEnd SilentShip();

// Steps until it ends or has been silent for too long; `shown` is called whenever it has said
// something, and twice a second.
[[nodiscard]] UploadEnd WaitFor(ShipProcess& process,
                                const std::function<void(const UploadProgress&)>& shown);

// Where the helper is.
[[nodiscard]] Result<std::string> ShipProgram();

}  // namespace kdumpd
