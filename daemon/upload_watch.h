// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/state.h"
#include "daemon/core/upload_plan.h"
#include "daemon/crash_ledger.h"
#include "daemon/host/host_root.h"
#include "daemon/host/upload_store.h"
#include "systemd/event_loop.h"

namespace kdumpd {

// Brings each sealed dump to each destination: at most one upload at a time for each of them, in
// kdumpd-ship, so that one that is down or dead holds up no other. That an attempt begins is on
// disk before it does, what it did is in its journal, and what came of it is in the record of the
// crash. On the main thread; never waits.
class UploadWatch {
 public:
  UploadWatch(EventLoop& loop, UploadStore store, std::function<void()> changed);
  ~UploadWatch();

  struct Input {
    const HostRoot& root;
    const State& state;  // node, facts, boots of this look
    const UploadPolicy& policy;
    std::string boot;  // BootIdOf the running one
  };
  // For one look: new dumps are queued, and what is due begins. The records are changed in
  // `crashes`.
  void Update(const Input& input, CrashLedger& crashes);
  // The daemon goes: whatever is under way stops at once, and goes on at the next start.
  void Stop(CrashLedger& crashes, std::int64_t now);

  // One for each destination, in the order of the configuration. Never null.
  [[nodiscard]] std::shared_ptr<const std::vector<UploadActivity>> activity() const;

 private:
  struct Attempt;
  struct Destination;

  bool TakeLost(const Input& input, CrashLedger& crashes);
  [[nodiscard]] bool IsUnderWay(std::string_view id, std::string_view destination) const;
  void DropUnwanted(const UploadPolicy& policy, CrashLedger& crashes, std::int64_t now);
  void RefuseClear(const Input& input, const UploadTarget& target, CrashLedger& crashes);
  void Begin(const Input& input, Destination& destination, CrashLedger& crashes);
  Uploaded<void> Start(const Input& input, Destination& destination, CrashLedger& crashes);
  void Step(const std::string& destination);
  void Forget(std::string_view id, std::string_view destination);
  static void Progressed(Destination& destination, const UploadProgress& progress);
  void Heard(Attempt& attempt);
  void End(Destination& destination, const UploadEnd& end, CrashLedger& crashes, std::int64_t now);

  EventLoop& loop_;
  UploadStore store_;
  std::function<void()> changed_;
  bool lost_ = true;  // there may be uploads that nobody is at and no record tells so
  bool stopped_ = false;
  std::int64_t give_up_after_ = 0;
  std::map<std::string, Destination, std::less<>> destinations_;
  std::vector<std::string> order_;
};

}  // namespace kdumpd
