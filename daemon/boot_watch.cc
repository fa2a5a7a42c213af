// SPDX-License-Identifier: Apache-2.0
#include "daemon/boot_watch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/journal_wire.h"
#include "daemon/core/panic_text.h"
#include "daemon/core/text.h"
#include "daemon/host/capture_log.h"
#include "daemon/host/child_process.h"
#include "daemon/host/memory_file.h"
#include "daemon/host/wtmp.h"
#include "daemon/inspecting.h"
#include "daemon/render/inspection_json.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kJournalMs = 15'000;  // a large journal on a slow disk
// What is missing may still come: the archive of pstore, a dump that is copied, a late mount.
constexpr int kSettles = 3, kMostSettles = 10;
constexpr std::uint64_t kPanicMs = 60'000;
constexpr std::size_t kPstoreBytes = 1 << 20;  // of one file; the largest backend has 64 KiB
constexpr std::string_view kJournal = "/var/log/journal";

bool IsStarting(const Facts& facts) {
  if (!facts.units.known()) return false;
  return std::ranges::any_of(facts.units.value(), [](const UnitState& unit) {
    return unit.active_state == "activating" || unit.active_state == "reloading";
  });
}

const CrashRecord* Find(const std::vector<CrashRecord>& records, std::string_view id) {
  const auto found = std::ranges::find(records, id, &CrashRecord::id);
  return found == records.end() ? nullptr : &*found;
}

}  // namespace

BootWatch::BootWatch(EventLoop& loop, BootStore store, std::string machine_id, std::string rootfs,
                     std::function<void()> changed)
    : loop_(loop),
      store_(std::move(store)),
      machine_id_(std::move(machine_id)),
      rootfs_(std::move(rootfs)),
      changed_(std::move(changed)),
      boots_(std::make_shared<const std::vector<BootRecord>>(store_.boots())) {}

BootWatch::~BootWatch() = default;

void BootWatch::Update(const HostRoot& root, const Input& input, CrashLedger& crashes) {
  problem_.clear();
  running_ = BootIdOf(input.facts.boot_id.ValueOr(""));
  if (running_.empty()) return;
  if (!first_ms_) first_ms_ = input.monotonic_ms;
  Note(store_.WriteAgain());
  Beat(input);
  if (!store_.IsDone(running_)) {
    AskJournal(running_);
    if (!journal_open_) Decide(root, input, crashes);
  } else if (crashes.records() != seen_) {
    Revise(crashes);
    seen_ = crashes.records();
  }
  Publish();
}

void BootWatch::Beat(const Input& input) {
  beat_ = BeatOf(input.facts, input.armed, beat_ ? beat_ : store_.beat());
  beat_->stopping = stopping_;
  beat_->left = left_;
  if (IsBeatDue(store_.beat(), *beat_)) WriteBeat();
}

void BootWatch::WriteBeat() {
  if (beat_) Note(store_.Beat(*beat_));
}

void BootWatch::Note(const Result<void>& written) {
  if (!written) problem_ = written.error().message;
}

void BootWatch::Stopping(bool stopping) {
  stopping_ = stopping;
  if (!beat_) return;
  beat_->stopping = stopping;
  WriteBeat();
}

void BootWatch::Leave() {
  left_ = true;
  if (!beat_) return;
  beat_->left = true;
  WriteBeat();
}

// Once in the life of this process.
void BootWatch::AskJournal(const std::string& boot_id) {
  if (std::exchange(journal_asked_, true)) return;
  journal_ = Fact<std::vector<JournalBoot>>::Unreadable(std::string(kJournal), "no answer in time");
  const auto program = HelperProgram("kdumpd-boots");
  auto helper = program ? TextProcess::Start(*program, {rootfs_, boot_id})
                        : Result<TextProcess>(std::unexpected(program.error()));
  if (!helper) return TakeJournal(std::unexpected(helper.error()));
  helper_.emplace(*std::move(helper));
  auto readable = loop_.OnReadable(helper_->fd(), [this] {
    if (auto answer = helper_->Step()) TakeJournal(*std::move(answer));
  });
  auto timeout = loop_.After(kJournalMs, [this] {
    TakeJournal(Fail(ErrorCode::kTimeout, Cat("not read within ", kJournalMs / 1000, " s")));
  });
  if (!readable || !timeout) {
    helper_.reset();
    return;
  }
  readable_ = *std::move(readable);
  timeout_ = *std::move(timeout);
  journal_open_ = true;
}

void BootWatch::TakeJournal(Result<std::string> answer) {
  readable_.reset();
  timeout_.reset();
  helper_.reset();
  auto boots = answer ? ParseBoots(*answer) : std::unexpected(answer.error());
  journal_ = Fact<std::vector<JournalBoot>>::From(std::move(boots), std::string(kJournal));
  if (std::exchange(journal_open_, false)) changed_();
}

bool BootWatch::IsSettled(const Input& input) const {
  const std::int64_t since = input.monotonic_ms - *first_ms_;
  const Facts& facts = input.facts;
  const bool quiet = !facts.dumps_partial && !facts.dumps.unreadable() && !IsStarting(facts);
  return since >= (quiet ? kSettles : kMostSettles) * input.settle_ms;
}

void BootWatch::Decide(const HostRoot& root, const Input& input, CrashLedger& crashes) {
  CrashLedger::Records records = crashes.records();
  // As they were: those that are decided below are added to the store's own.
  const std::vector<BootRecord> decided_before = store_.boots();
  BootEvidence evidence{.facts = input.facts,
                        .records = *records,
                        .undecided = store_.undecided(),
                        .decided = decided_before,
                        .wtmp = ReadWtmp(root),
                        .journal = journal_,
                        .drill = input.drill,
                        .capture_log = {},
                        .settled = IsSettled(input)};
  bool all = true;
  for (const EndedBoot& boot : EndedBoots(evidence)) {
    // What the boot before it has taken is taken.
    records = crashes.records();
    evidence.records = *records;
    const CrashRecord* crash = CrashOfBoot(boot, evidence);
    std::string log;
    if (crash != nullptr && crash->state != DumpState::kComplete && crash->gone_at == 0) {
      log = ReadCaptureLog(root, input.facts.dumps.source(), crash->directory);
    }
    evidence.capture_log = log;
    const auto decided = DecideBoot(boot, evidence);
    const bool known = decided && ReadPanic(root, boot, evidence);
    all = known && Settle(*decided, crashes);
    // One after the other: the newest that is on record is the newest that ended.
    if (!all) break;
  }
  if (all) Note(store_.Done(running_));
}

// A panic that left no dump may have left its last words. True when there is nothing to read, or it
// is read.
bool BootWatch::ReadPanic(const HostRoot& root, const EndedBoot& boot,
                          const BootEvidence& evidence) {
  if (CrashOfBoot(boot, evidence) != nullptr || panics_.contains(boot.boot_id)) return true;
  if (panic_reader_) return false;
  std::vector<std::string> files;
  for (const std::string& path : PanicFilesOf(boot, evidence)) {
    if (auto text = root.Read(path, kPstoreBytes)) files.push_back(*std::move(text));
  }
  const std::string text = PanicText(files);
  if (text.empty()) return true;
  panic_of_ = boot.boot_id;
  const auto file = MemoryFile(text);
  const auto program = file ? InspectProgram() : std::unexpected(file.error());
  if (!program) return true;
  const std::array<int, 1> fds{file->get()};
  auto reader = InspectProcess::Start(
      *program, fds, {.log_bytes = kInspectLogBytes, .cpu_seconds = kInspectCpuSeconds});
  if (!reader) return true;
  panic_reader_.emplace(*std::move(reader));
  auto readable = loop_.OnReadable(panic_reader_->fd(), [this] {
    if (const auto outcome = panic_reader_->Step({})) TakePanic(*outcome);
  });
  auto timeout = loop_.After(kPanicMs, [this] {
    TakePanic({"", "inspector_timeout", Cat("not done within ", kPanicMs / 1000, " s")});
  });
  if (!readable || !timeout) {
    panic_reader_.reset();
    return true;
  }
  panic_readable_ = *std::move(readable);
  panic_timeout_ = *std::move(timeout);
  return false;
}

void BootWatch::TakePanic(const InspectOutcome& outcome) {
  panics_[panic_of_] = AnswerOf(outcome, 0);
  panic_readable_.reset();
  panic_timeout_.reset();
  panic_reader_.reset();
  changed_();
}

// The crash before the boot: whoever is killed between the two comes to the same again.
bool BootWatch::Settle(const BootRecord& decided, CrashLedger& crashes) {
  BootRecord boot = decided;
  const auto panic = panics_.find(boot.boot_id);
  const Inspection* log = panic == panics_.end() ? nullptr : &panic->second;
  if (const auto without = CrashWithoutDump(boot, *crashes.records(), machine_id_, log)) {
    const bool told = log != nullptr && log->crash;
    if (!crashes.Put(*without, told ? InspectionJson(*log, "pstore") : "")) return false;
  }
  if (const CrashRecord* found = Find(*crashes.records(), boot.crash_id)) {
    CrashRecord crash = *found;
    crash.ended_boot = boot.boot_id;
    crash.cause = boot.cause;
    crash.cause_line = boot.cause_line;
    if (crash != *found && !crashes.Put(crash)) return false;
  }
  if (boot.crash_id.empty() && !boot.boot_id.empty()) {
    const auto known =
        std::ranges::find(*crashes.records(), boot.boot_id, &CrashRecord::ended_boot);
    if (known != crashes.records()->end()) boot.crash_id = known->id;
  }
  const auto written = store_.Record(boot);
  Note(written);
  return written.has_value();
}

void BootWatch::Revise(CrashLedger& crashes) {
  const std::vector<BootRecord> boots = store_.boots();
  for (const BootRecord& boot : boots) {
    if (const auto revised = ReviseBoot(boot, *crashes.records())) {
      if (!Settle(*revised, crashes)) return;
    }
  }
}

void BootWatch::Publish() {
  if (store_.boots() == *boots_) return;
  boots_ = std::make_shared<const std::vector<BootRecord>>(store_.boots());
}

std::optional<BootOutcome> BootWatch::last() const {
  if (!store_.IsDone(running_) || running_.empty() || boots_->empty()) return std::nullopt;
  return boots_->front().outcome;
}

}  // namespace kdumpd
