// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/core/boot_ledger.h"
#include "daemon/crash_ledger.h"
#include "daemon/host/boot_store.h"
#include "daemon/host/host_root.h"
#include "daemon/host/inspect_process.h"
#include "daemon/host/text_process.h"
#include "systemd/event_loop.h"

namespace kdumpd {

// How the boots of this node ended: keeps a heartbeat while this one runs, and decides on those
// before it, once all that is left of them has been asked. What it decides is on disk before it is
// told; a crash that left no dump gets its record first. Never waits: the journal is read by
// kdumpd-boots, and the loop calls back. On the main thread.
class BootWatch {
 public:
  using Boots = std::shared_ptr<const std::vector<BootRecord>>;
  // `rootfs`: of the node, for the helper. `changed`: something has come in; a look is due.
  BootWatch(EventLoop& loop, BootStore store, std::string machine_id, std::string rootfs,
            std::function<void()> changed);
  ~BootWatch();

  struct Input {
    const Facts& facts;
    std::optional<bool> armed;
    std::int64_t monotonic_ms = 0;
    std::int64_t settle_ms = 0;  // how long a writer may pause: Config::settle_ms
    std::optional<PendingDrill> drill{};
  };
  // For one look, when its dumps have their records.
  void Update(const HostRoot& root, const Input& input, CrashLedger& crashes);

  // The system goes down in order, or does after all not: at once on disk.
  void Stopping(bool stopping);
  // This process was told to end; the system may stay up.
  void Leave();

  // The newest first, with those that could not be written. Never null.
  [[nodiscard]] const Boots& boots() const { return boots_; }
  // How the boot before the running one ended; nothing while that is open.
  [[nodiscard]] std::optional<BootOutcome> last() const;
  // Why nothing can be remembered; "" when it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::vector<std::string>& Notes() const { return store_.Notes(); }

 private:
  void AskJournal(const std::string& boot_id);
  void TakeJournal(Result<std::string> answer);
  void Beat(const Input& input);
  void WriteBeat();
  [[nodiscard]] bool IsSettled(const Input& input) const;
  void Decide(const HostRoot& root, const Input& input, CrashLedger& crashes);
  bool ReadPanic(const HostRoot& root, const EndedBoot& boot, const BootEvidence& evidence);
  void TakePanic(const InspectOutcome& outcome);
  bool Settle(const BootRecord& boot, CrashLedger& crashes);
  void Revise(CrashLedger& crashes);
  void Note(const Result<void>& written);
  void Publish();

  EventLoop& loop_;
  BootStore store_;
  std::string machine_id_;
  std::string rootfs_;
  std::function<void()> changed_;
  Boots boots_;
  std::string problem_;
  std::string running_;                   // BootIdOf; "" while it is not known
  std::optional<Heartbeat> beat_;         // of the running boot, as it is to be on disk
  std::optional<std::int64_t> first_ms_;  // of the first look
  bool stopping_ = false;
  bool left_ = false;
  CrashLedger::Records seen_;  // for which Revise() has been done
  Fact<std::vector<JournalBoot>> journal_;
  bool journal_asked_ = false;
  bool journal_open_ = false;  // an answer is to come
  std::optional<TextProcess> helper_;
  EventLoop::SourcePtr readable_, timeout_;
  // What the kernel said at its panic, by the boot that it ended, and its reader at work.
  std::map<std::string, Inspection> panics_;
  std::string panic_of_;
  std::optional<InspectProcess> panic_reader_;
  EventLoop::SourcePtr panic_readable_, panic_timeout_;
};

}  // namespace kdumpd
