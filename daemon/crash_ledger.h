// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/core/boot_record.h"
#include "daemon/core/drill.h"
#include "daemon/core/facts.h"
#include "daemon/host/host_root.h"
#include "daemon/host/inspect_process.h"
#include "daemon/host/named_dump.h"
#include "daemon/host/record_store.h"
#include "systemd/event_loop.h"

namespace kdumpd {

// The crashes of this node: each settled dump, and each historic one that somebody has asked for,
// gets a record and is inspected once, one at a time, in kdumpd-inspect. What was found is on disk
// before it is told. Never waits: the loop calls back when the helper has something to say. On the
// main thread.
class CrashLedger {
 public:
  using Records = std::shared_ptr<const std::vector<CrashRecord>>;
  // `found`: an inspection has ended; a look is due.
  CrashLedger(EventLoop& loop, RecordStore store, std::string machine_id,
              std::function<void()> found);
  ~CrashLedger();

  // What the rest of the daemon knows. Borrowed.
  struct Known {
    std::int64_t acknowledge_after = 0;   // seconds after which nobody needs to; 0: never
    std::span<const BootRecord> boots{};  // how earlier boots ended
    const DrillIntent* drill = nullptr;   // that is to be judged
  };
  // For one look: its dumps get their records, what was found of them is put into them, and the
  // next inspection begins.
  void Update(const HostRoot& root, Facts& facts, const Known& known);
  // A record that others have made or added to: on disk, and in records(). `report`: as
  // RecordStore::Write. False: problem() says why not.
  bool Put(const CrashRecord& record, std::string_view report = "");

  // As of the last Update(), with those that could not be written. Never null.
  [[nodiscard]] const Records& records() const { return records_; }
  // Why records cannot be kept; "" when they can.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const RecordStore& store() const { return store_; }
  [[nodiscard]] const std::vector<std::string>& Notes() const { return store_.Notes(); }

 private:
  struct Attempt;

  bool Write(const CrashRecord& record, std::string_view report = "");
  void WriteAll(const std::vector<CrashRecord>& changes, std::vector<CrashRecord>& unwritten);
  void Publish(std::vector<CrashRecord> unwritten);
  void BeginNext(const HostRoot& root, const std::string& crash_directory, std::int64_t now);
  void Begin(const HostRoot& root, const std::string& directory, const CrashRecord& record);
  Result<void> Start();
  void Step();
  void End(const InspectOutcome& outcome);
  void Finish(const Inspection& inspection);
  [[nodiscard]] CrashRecord Current() const;
  void Fail(std::string_view why);
  void Take(const CrashRecord& record, std::string_view report);

  EventLoop& loop_;
  RecordStore store_;
  std::string machine_id_;
  std::function<void()> found_;
  Records records_;
  std::string problem_;
  std::unique_ptr<Attempt> attempt_;
};

}  // namespace kdumpd
