// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/boot_watch.h"
#include "daemon/config.h"
#include "daemon/core/next_state.h"
#include "daemon/crash_ledger.h"
#include "daemon/drill_watch.h"
#include "daemon/host/host_root.h"
#include "daemon/host/state_directory.h"
#include "daemon/upload_watch.h"
#include "systemd/event_loop.h"

namespace kdumpd {

// Everything this daemon remembers, in the state directory: which dumps were there before it, the
// crashes, the boots, the drills, the uploads. What cannot be kept must not blind the node: it is
// told as a problem. On the main thread.
class Ledgers {
 public:
  // kBusy: another daemon holds the directory. `changed`: something has come in; a look is due.
  static Result<std::unique_ptr<Ledgers>> Open(EventLoop& loop, const Config& config,
                                               const HostRoot& root,
                                               const std::function<void()>& changed);

  // For one look, before it is judged: its dumps get their records.
  void Take(const HostRoot& root, Facts& facts, std::int64_t acknowledge_after);
  // When it is judged: boots, drills, uploads. Puts what is on record into `look`.
  void Conclude(const HostRoot& root, Look& look, std::int64_t monotonic_ms, const Config& config);

  // What was odd when opening, and since the last time it was asked: one sentence each.
  [[nodiscard]] std::vector<std::string> TakeNotes();
  // What ids of crashes are made of; "" not known.
  [[nodiscard]] const std::string& machine_id() const { return machine_id_; }

  void Stopping(bool stopping) {
    if (boots_) boots_->Stopping(stopping);
  }
  // Whatever is being sent stops now.
  void StopUploads(std::int64_t now) {
    if (uploads_) uploads_->Stop(*crashes_, now);
  }
  void Leave() {
    if (boots_) boots_->Leave();
  }

 private:
  explicit Ledgers(StateDirectory directory) : directory_(std::move(directory)) {}
  void OpenParts(EventLoop& loop, const Config& config, const std::function<void()>& changed);
  [[nodiscard]] std::string Problem() const;
  void Upload(const HostRoot& root, Look& look, const Config& config);

  StateDirectory directory_;
  std::string machine_id_;
  std::vector<std::string> notes_;
  std::string directory_problem_;  // why the state directory cannot be used; "" when it can
  std::string inventory_problem_;  // why the first inventory is not on disk yet
  // Null: it cannot be kept.
  std::unique_ptr<CrashLedger> crashes_;
  std::unique_ptr<BootWatch> boots_;
  std::unique_ptr<DrillWatch> drills_;
  std::unique_ptr<UploadWatch> uploads_;
};

}  // namespace kdumpd
