// SPDX-License-Identifier: Apache-2.0
#include "daemon/crash_ledger.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "daemon/core/record_plan.h"
#include "daemon/core/text.h"
#include "daemon/inspecting.h"
#include "daemon/render/inspection_json.h"

namespace kdumpd {
namespace {

constexpr std::string_view kMissing = "inspector_missing";

}  // namespace

struct CrashLedger::Attempt {
  std::string id;
  DumpMark mark;
  NamedDump dump;
  std::vector<FileMark> before;
  std::uint64_t log_bytes = kInspectLogBytes;
  std::optional<Inspection> first;  // of a dump that has no log: the text beside it comes second
  std::optional<InspectProcess> process;
  EventLoop::SourcePtr readable, timeout;
};

CrashLedger::CrashLedger(EventLoop& loop, RecordStore store, std::string machine_id,
                         std::function<void()> found)
    : loop_(loop),
      store_(std::move(store)),
      machine_id_(std::move(machine_id)),
      found_(std::move(found)),
      records_(std::make_shared<const std::vector<CrashRecord>>(store_.records())) {}

CrashLedger::~CrashLedger() = default;

void CrashLedger::Update(const HostRoot& root, Facts& facts, const Known& known) {
  problem_.clear();
  std::vector<CrashRecord> unwritten;
  if (const auto taken = store_.TakeAcknowledgements(); !taken) problem_ = taken.error().message;
  WriteAll(PlanAcknowledgements(store_.records(), known.acknowledge_after, facts.now), unwritten);
  std::vector<Dump> none;
  const bool absent = facts.dumps.absent();
  if (facts.dumps.known() || absent) {
    std::vector<Dump>& dumps = absent ? none : facts.dumps.value();
    const bool whole = !facts.dumps_partial && !facts.dumps_clipped;
    WriteAll(PlanRecords({.records = store_.records(),
                          .dumps = dumps,
                          .whole = whole,
                          .machine_id = machine_id_,
                          .now = facts.now,
                          .running_boot = BootIdOf(facts.boot_id.ValueOr("")),
                          .boots = known.boots,
                          .drill = known.drill,
                          .asked = store_.asked()}),
             unwritten);
    TakeJudgements(store_.records(), dumps);
    if (!absent) BeginNext(root, facts.dumps.source(), facts.now);
  }
  Publish(std::move(unwritten));
}

bool CrashLedger::Put(const CrashRecord& record, std::string_view report) {
  // A newer daemon knows it already.
  if (store_.IsForeign(record.id)) return true;
  if (!Write(record, report)) return false;
  Publish({});
  return true;
}

bool CrashLedger::Write(const CrashRecord& record, std::string_view report) {
  auto written = store_.Write(record, report);
  if (!written) problem_ = written.error().message;
  return written.has_value();
}

// A full disk is asked once in a look, not once for each dump. What a newer daemon knows of a crash
// is not known here: that it is new would be a guess.
void CrashLedger::WriteAll(const std::vector<CrashRecord>& changes,
                           std::vector<CrashRecord>& unwritten) {
  for (const CrashRecord& record : changes) {
    if (store_.IsForeign(record.id)) continue;
    const bool full = !unwritten.empty() && !problem_.empty();
    if (full || !Write(record)) unwritten.push_back(record);
  }
}

// A dump that fills the disk leaves no room for its record: it is a crash all the same.
void CrashLedger::Publish(std::vector<CrashRecord> unwritten) {
  if (unwritten.empty() && store_.records() == *records_) return;
  std::vector<CrashRecord> records = store_.records();
  for (CrashRecord& record : unwritten) {
    const auto same = std::ranges::find(records, record.id, &CrashRecord::id);
    if (same != records.end()) {
      *same = std::move(record);
    } else {
      records.push_back(std::move(record));
    }
  }
  std::ranges::sort(records, std::greater(), [](const CrashRecord& record) {
    return std::tie(record.crash_time, record.id);
  });
  records_ = std::make_shared<const std::vector<CrashRecord>>(std::move(records));
}

void CrashLedger::BeginNext(const HostRoot& root, const std::string& crash_directory,
                            std::int64_t now) {
  if (attempt_) return;
  const CrashRecord* next = NextInspection(store_.records(), now);
  if (next == nullptr) return;
  CrashRecord record = *next;
  if (!InspectProgram()) {
    // No attempt of the dump's: with the program back it begins at once.
    if (record.failure == kMissing) return;
    record.failure = kMissing;
    record.inspection = InspectionState::kFailed;
    record.tried_at = now;
    Write(record);
    return;
  }
  BeginInspection(record, now);
  // The count is on disk before what may take us with it; without it there is no attempt.
  if (!Write(record)) return;
  Begin(root, DirectoryOf(record, crash_directory), record);
}

void CrashLedger::Begin(const HostRoot& root, const std::string& directory,
                        const CrashRecord& record) {
  attempt_ = std::make_unique<Attempt>();
  attempt_->id = record.id;
  attempt_->mark = record.mark;
  if (CostTooMuch(record.failure)) attempt_->log_bytes = 0;
  auto dump = OpenRecorded(root, directory, record);
  if (!dump) return Fail(dump.error());
  attempt_->dump = *std::move(dump);
  attempt_->before = MarksOf(attempt_->dump.files);
  if (const auto started = Start(); !started) Fail("inspector_failed");
}

// The dump, or, when that has been looked at, the log beside it.
Result<void> CrashLedger::Start() {
  const auto program = InspectProgram();
  if (!program) return std::unexpected(program.error());
  std::vector<int> fds;
  if (attempt_->first) {
    fds.push_back(attempt_->dump.log.get());
  } else {
    for (const UniqueFd& file : attempt_->dump.files) fds.push_back(file.get());
  }
  const std::uint64_t log_bytes = attempt_->first ? kInspectLogBytes : attempt_->log_bytes;
  auto process = InspectProcess::Start(*program, fds,
                                       {.log_bytes = log_bytes, .cpu_seconds = kInspectCpuSeconds});
  if (!process) return std::unexpected(process.error());
  attempt_->process.emplace(*std::move(process));
  auto readable = loop_.OnReadable(attempt_->process->fd(), [this] { Step(); });
  if (!readable) return std::unexpected(readable.error());
  auto timeout = loop_.After(kInspectTotalMs, [this] {
    End({"", "inspector_timeout", Cat("not done within ", kInspectTotalMs / 1000, " s")});
  });
  if (!timeout) return std::unexpected(timeout.error());
  attempt_->readable = *std::move(readable);
  attempt_->timeout = *std::move(timeout);
  return {};
}

void CrashLedger::Step() {
  if (!attempt_ || !attempt_->process) return;
  if (const auto outcome = attempt_->process->Step({})) End(*outcome);
}

void CrashLedger::End(const InspectOutcome& outcome) {
  Inspection inspection = AnswerOf(outcome, attempt_->mark.bytes);
  attempt_->readable.reset();
  attempt_->timeout.reset();
  attempt_->process.reset();
  if (attempt_->first) {
    TakeLogBeside(inspection, attempt_->dump.log_path, *attempt_->first);
    return Finish(*attempt_->first);
  }
  if (inspection.log.records == 0 && attempt_->dump.log) {
    attempt_->first = std::move(inspection);
    if (Start()) return;
    return Finish(*attempt_->first);
  }
  Finish(inspection);
}

void CrashLedger::Finish(const Inspection& inspection) {
  if (HaveChanged(attempt_->before, MarksOf(attempt_->dump.files), inspection)) {
    return Fail(kFailureChanged);
  }
  CrashRecord record = Current();
  TakeInspection(inspection, record);
  const bool done = record.inspection == InspectionState::kDone;
  Take(record, done ? InspectionJson(inspection, attempt_->dump.path) : "");
}

// Of the attempt; another one's, and so nobody's, when it has none any more.
CrashRecord CrashLedger::Current() const {
  const CrashRecord* now = store_.Find(attempt_->id);
  return now != nullptr ? *now : CrashRecord{};
}

void CrashLedger::Fail(std::string_view why) {
  CrashRecord record = Current();
  FailInspection(record, why);
  Take(record, "");
}

// The attempt is over. What it found is of a file that may be another one by now, or acknowledged,
// moved or gone: only what is about the inspection changes.
void CrashLedger::Take(const CrashRecord& record, std::string_view report) {
  const auto attempt = std::exchange(attempt_, nullptr);
  if (record.id == attempt->id && record.mark == attempt->mark) Write(record, report);
  found_();
}

}  // namespace kdumpd
