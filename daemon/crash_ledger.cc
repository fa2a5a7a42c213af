// SPDX-License-Identifier: Apache-2.0
#include "daemon/crash_ledger.h"

#include <algorithm>
#include <utility>

#include "daemon/core/record_plan.h"
#include "daemon/core/text.h"
#include "daemon/render/inspection_json.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kLogBytes = 1 << 20;  // the newest: what crashed stands at the end
constexpr std::uint64_t kCpuSeconds = 60;
constexpr std::uint64_t kTotalMs = 600'000;

}  // namespace

struct CrashLedger::Attempt {
  CrashRecord record;
  NamedDump dump;
  std::vector<FileMark> before;
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

void CrashLedger::Update(const HostRoot& root, Facts& facts, std::int64_t acknowledge_after) {
  problem_.clear();
  bool changed = false;
  if (auto taken = store_.TakeAcknowledgements()) {
    changed = *taken;
  } else {
    problem_ = taken.error().message;
  }
  for (const CrashRecord& record :
       PlanAcknowledgements(store_.records(), acknowledge_after, facts.now)) {
    changed = Write(record) || changed;
  }
  std::vector<Dump> none;
  const bool absent = facts.dumps.absent();
  if (facts.dumps.known() || absent) {
    std::vector<Dump>& dumps = absent ? none : facts.dumps.value();
    const RecordInput input{store_.records(), dumps, !facts.dumps_partial && !facts.dumps_clipped,
                            machine_id_, facts.now};
    for (const CrashRecord& record : PlanRecords(input)) changed = Write(record) || changed;
    TakeJudgements(store_.records(), dumps);
    if (!absent) BeginNext(root, facts.dumps.source(), facts.now);
  }
  if (changed || store_.records() != *records_) {
    records_ = std::make_shared<const std::vector<CrashRecord>>(store_.records());
  }
}

bool CrashLedger::Write(const CrashRecord& record, std::string_view report) {
  auto written = store_.Write(record, report);
  if (!written) problem_ = written.error().message;
  return written.has_value();
}

void CrashLedger::BeginNext(const HostRoot& root, const std::string& crash_directory,
                            std::int64_t now) {
  if (attempt_) return;
  const CrashRecord* next = NextInspection(store_.records(), now);
  if (next == nullptr) return;
  CrashRecord record = *next;
  BeginInspection(record, now);
  // The count is on disk before what may take us with it; without it there is no attempt.
  if (!Write(record)) return;
  const std::string& file = record.vmcore.empty() ? record.log : record.vmcore;
  const std::string directory =
      record.directory.empty() ? crash_directory : Cat(crash_directory, '/', record.directory);
  Begin(root, Cat(directory, '/', file), std::move(record));
}

void CrashLedger::Begin(const HostRoot& root, const std::string& path, CrashRecord record) {
  attempt_ = std::make_unique<Attempt>();
  attempt_->record = std::move(record);
  Named dump = OpenNamed(&root, path);
  if (!dump) return Finish(dump.error());
  attempt_->dump = *std::move(dump);
  attempt_->before = MarksOf(attempt_->dump.files);
  if (const auto started = Start(); !started) {
    Finish(Uninspected(0, "inspector_missing", started.error().message));
  }
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
  auto process =
      InspectProcess::Start(*program, fds, {.log_bytes = kLogBytes, .cpu_seconds = kCpuSeconds});
  if (!process) return std::unexpected(process.error());
  attempt_->process.emplace(*std::move(process));
  auto readable = loop_.OnReadable(attempt_->process->fd(), [this] { Step(); });
  auto timeout = loop_.After(kTotalMs, [this] {
    End({"", "inspector_timeout", Cat("not done within ", kTotalMs / 1000, " s")});
  });
  if (!readable || !timeout) return Fail(ErrorCode::kIo, "the loop does not take it");
  attempt_->readable = *std::move(readable);
  attempt_->timeout = *std::move(timeout);
  return {};
}

void CrashLedger::Step() {
  if (!attempt_ || !attempt_->process) return;
  if (const auto outcome = attempt_->process->Step({})) End(*outcome);
}

void CrashLedger::End(const InspectOutcome& outcome) {
  const std::uint64_t bytes = attempt_->record.mark.bytes;
  Inspection inspection;
  if (!outcome.reason.empty()) {
    inspection = Uninspected(bytes, outcome.reason, outcome.detail);
  } else if (auto parsed = ParseInspection(outcome.facts)) {
    inspection = *std::move(parsed);
  } else {
    inspection = Uninspected(bytes, "inspector_garbled", parsed.error().message);
  }
  attempt_->readable.reset();
  attempt_->timeout.reset();
  attempt_->process.reset();
  if (attempt_->first) {
    // Of the log, what it says; of the dump, whether it is whole.
    if (inspection.format == DumpFormat::kLog) {
      attempt_->first->crash = std::move(inspection.crash);
      attempt_->first->log = std::move(inspection.log);
    }
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
  const std::unique_ptr<Attempt> attempt = std::exchange(attempt_, nullptr);
  CrashRecord record = attempt->record;
  // Written to while it was read: the next look sees another file and begins again.
  const bool same = MarksOf(attempt->dump.files) == attempt->before;
  if (same) {
    TakeInspection(inspection, record);
    const bool done = record.inspection == InspectionState::kDone;
    Write(record, done ? InspectionJson(inspection, attempt->dump.path) : "");
  }
  found_();
}

}  // namespace kdumpd
