// SPDX-License-Identifier: Apache-2.0
#include "daemon/upload_watch.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/core/upload_record.h"
#include "daemon/host/ship_process.h"
#include "daemon/shipping.h"

namespace kdumpd {
namespace {

double Chance() {
  std::random_device device;
  return std::uniform_real_distribution<double>(0, 1)(device);
}

// Of that crash as it is now, with what `change` makes of its upload; false: not on disk.
template <class Change>
bool ChangeUpload(CrashLedger& crashes, std::string_view id, std::string_view destination,
                  const Change& change) {
  const CrashLedger::Records records = crashes.records();
  const auto found = std::ranges::find(*records, id, &CrashRecord::id);
  if (found == records->end()) return true;  // forgotten meanwhile
  CrashRecord record = *found;
  change(record.uploads[std::string(destination)]);
  return record == *found || crashes.Put(record);
}

}  // namespace

struct UploadWatch::Attempt {
  std::string id;
  UploadTask task = UploadTask::kWhole;
  std::uint64_t sent_before = 0;
  std::optional<ShipProcess> process;
  // Since when, and from where, the rate of this object counts.
  std::string object;
  std::uint64_t from = 0;
  std::chrono::steady_clock::time_point since;
  EventLoop::SourcePtr readable, silence;
  std::optional<UploadEnd> end;  // it has ended; the next look takes it
};

struct UploadWatch::Destination {
  UploadTarget target;
  UploadActivity activity;
  std::unique_ptr<Attempt> attempt;
};

UploadWatch::UploadWatch(EventLoop& loop, UploadStore store, std::function<void()> changed)
    : loop_(loop), store_(std::move(store)), changed_(std::move(changed)) {}

UploadWatch::~UploadWatch() = default;

void UploadWatch::Update(const Input& input, CrashLedger& crashes) {
  if (stopped_) return;
  give_up_after_ = input.policy.give_up_after_seconds;
  const std::int64_t now = input.state.now;
  if (lost_) lost_ = !TakeLost(input, crashes);
  for (auto& [name, destination] : destinations_) {
    if (destination.attempt && destination.attempt->end) {
      End(destination, *destination.attempt->end, crashes, now);
    } else if (destination.attempt) {
      ChangeUpload(crashes, destination.attempt->id, name, [&](UploadRecord& upload) {
        if (upload.failing_since == 0) return;
        ProceedUpload(upload, store_.Read(destination.attempt->id, name));
      });
    }
  }
  DropUnwanted(input.policy, crashes, now);
  for (const CrashRecord& record : PlanUploads(*crashes.records(), input.policy, now)) {
    if (!crashes.Put(record)) return;  // a full disk is asked once in a look
  }
  order_.clear();
  for (const UploadTarget& target : input.policy.targets) {
    order_.push_back(target.name);
    Destination& destination = destinations_[target.name];
    destination.target = target;
    destination.activity.destination = target.name;
    if (IsForbidden(target, input.policy)) RefuseClear(input, target, crashes);
    if (!destination.attempt) Begin(input, destination, crashes);
  }
}

// What the process before us has left in the middle. False: a full disk, to be asked again.
bool UploadWatch::TakeLost(const Input& input, CrashLedger& crashes) {
  bool kept = true;
  const CrashLedger::Records records = crashes.records();
  for (const CrashRecord& record : *records) {
    for (const auto& [name, upload] : record.uploads) {
      if (upload.state == UploadState::kVerified) {
        Forget(record.id, name);
      } else if (upload.state == UploadState::kSending && !IsUnderWay(record.id, name)) {
        kept = ChangeUpload(crashes, record.id, name,
                            [&](UploadRecord& lost) {
                              LoseUpload(lost, false, input.boot, input.state.now);
                            }) &&
               kept;
      }
    }
  }
  return kept;
}

bool UploadWatch::IsUnderWay(std::string_view id, std::string_view destination) const {
  const auto found = destinations_.find(destination);
  return found != destinations_.end() && found->second.attempt && found->second.attempt->id == id;
}

// A destination that is configured no more, or another one now under the same name.
void UploadWatch::DropUnwanted(const UploadPolicy& policy, CrashLedger& crashes, std::int64_t now) {
  for (auto item = destinations_.begin(); item != destinations_.end();) {
    auto& [name, destination] = *item;
    const auto target = std::ranges::find(policy.targets, name, &UploadTarget::name);
    const bool gone = target == policy.targets.end();
    if (destination.attempt && (gone || *target != destination.target)) {
      const bool kept =
          ChangeUpload(crashes, destination.attempt->id, name,
                       [&](UploadRecord& upload) { LoseUpload(upload, true, "", now); });
      lost_ = lost_ || !kept;
      destination.attempt.reset();
      destination.activity.crash_id.clear();
    }
    item = gone ? destinations_.erase(item) : std::next(item);
  }
}

// Said once, in the record of each crash that waits.
void UploadWatch::RefuseClear(const Input& input, const UploadTarget& target,
                              CrashLedger& crashes) {
  const CrashLedger::Records records = crashes.records();
  for (const CrashRecord& record : *records) {
    const auto upload = record.uploads.find(target.name);
    const bool waits = upload != record.uploads.end() && record.gone_at == 0 &&
                       upload->second.state == UploadState::kQueued;
    if (!waits || upload->second.problem == UploadProblem::kClear) continue;
    ChangeUpload(crashes, record.id, target.name, [&](UploadRecord& refused) {
      refused.problem = UploadProblem::kClear;
      refused.failing_since = input.state.now;
      refused.message = "uploads.encryption is required, and this destination has no recipients";
    });
  }
}

void UploadWatch::Begin(const Input& input, Destination& destination, CrashLedger& crashes) {
  const UploadTarget& target = destination.target;
  const CrashLedger::Records records = crashes.records();
  const NextUpload next = NextUploadTo(*records, target, input.policy, input.state.now);
  if (next.record == nullptr) return;
  const UploadJournal journal = store_.Read(next.record->id, target.name);
  const std::string prefix = UploadPrefix(input.policy, input.state.node, next.record->id);
  bool begins = false;
  const bool kept = ChangeUpload(crashes, next.record->id, target.name, [&](UploadRecord& upload) {
    begins = BeginUpload(upload, journal, input.boot, input.state.now);
    upload.place = PlaceOf(target, prefix);
  });
  // The count is on disk before what may take us with it; without it there is no attempt.
  if (!kept || !begins) return;
  destination.attempt = std::make_unique<Attempt>();
  Attempt& attempt = *destination.attempt;
  attempt.id = next.record->id;
  attempt.task = next.task;
  attempt.sent_before = SentBytes(journal);
  destination.activity.crash_id = attempt.id;
  destination.activity.began = input.state.now;
  destination.activity.progress = {};
  destination.activity.bytes_per_second = 0;
  if (auto started = Start(input, destination, crashes); !started) {
    End(destination, {started.error().problem, started.error().message, 0}, crashes,
        input.state.now);
  }
}

Uploaded<void> UploadWatch::Start(const Input& input, Destination& destination,
                                  CrashLedger& crashes) {
  const auto failed = [](const Error& error) {
    return FailUpload(UploadProblem::kState, error.message);
  };
  Attempt& attempt = *destination.attempt;
  const std::string& name = destination.target.name;
  State state = input.state;
  state.crashes = crashes.records();
  const auto record = std::ranges::find(*state.crashes, attempt.id, &CrashRecord::id);
  const auto shipping = PackShipping({input.root, state, crashes.store(), input.policy}, *record,
                                     destination.target, attempt.task);
  if (!shipping) return std::unexpected(shipping.error());
  const auto journal = store_.Journal(attempt.id, name);
  if (!journal) return failed(journal.error());
  auto process = ShipProcess::Start(shipping->job, journal->get(), shipping->fds());
  if (!process) return failed(process.error());
  ChangeUpload(crashes, attempt.id, name, [&](UploadRecord& upload) {
    upload.bytes = std::max(upload.bytes, shipping->bytes);
    const auto& about = shipping->job.about;
    if (const auto of = about.find("duplicate_of"); of != about.end()) {
      upload.duplicate_of = of->second;
    }
  });
  attempt.process.emplace(*std::move(process));
  auto readable = loop_.OnReadable(attempt.process->fd(), [this, name] { Step(name); });
  if (!readable) return failed(readable.error());
  attempt.readable = *std::move(readable);
  Heard(attempt);
  return {};
}

void UploadWatch::Heard(Attempt& attempt) {
  auto silence = loop_.After(std::chrono::milliseconds(kMostShipSilence).count(), [this, &attempt] {
    attempt.process.reset();
    attempt.readable.reset();
    attempt.end = SilentShip();
    changed_();
  });
  if (silence) attempt.silence = *std::move(silence);
}

void UploadWatch::Step(const std::string& name) {
  const auto found = destinations_.find(name);
  if (found == destinations_.end() || !found->second.attempt || !found->second.attempt->process) {
    return;
  }
  Destination& destination = found->second;
  Attempt& attempt = *destination.attempt;
  if (auto end = attempt.process->Step()) {
    attempt.end = *std::move(end);
    attempt.readable.reset();
    attempt.silence.reset();
    attempt.process.reset();
    changed_();
    return;
  }
  if (attempt.process->progress()) Progressed(destination, *attempt.process->progress());
  Heard(attempt);
}

void UploadWatch::Progressed(Destination& destination, const UploadProgress& progress) {
  Attempt& attempt = *destination.attempt;
  const auto now = std::chrono::steady_clock::now();
  destination.activity.progress = progress;
  if (attempt.object != progress.object || progress.sent < attempt.from) {
    attempt.object = progress.object;
    attempt.from = progress.sent;
    attempt.since = now;
  }
  const double seconds = std::chrono::duration<double>(now - attempt.since).count();
  destination.activity.bytes_per_second =
      seconds < 1
          ? 0
          : static_cast<std::uint64_t>(static_cast<double>(progress.sent - attempt.from) / seconds);
}

// One that stays is found again at the next start.
void UploadWatch::Forget(std::string_view id, std::string_view destination) {
  const auto gone = store_.Remove(id, destination);
  static_cast<void>(gone);
}

void UploadWatch::End(Destination& destination, const UploadEnd& end, CrashLedger& crashes,
                      std::int64_t now) {
  const std::string& name = destination.target.name;
  const Attempt& attempt = *destination.attempt;
  const UploadJournal journal = store_.Read(attempt.id, name);
  const std::uint64_t sent = SentBytes(journal);
  bool over = end.problem == UploadProblem::kNone && attempt.task == UploadTask::kForget;
  const bool kept = ChangeUpload(crashes, attempt.id, name, [&](UploadRecord& upload) {
    EndUpload(upload, {.task = attempt.task,
                       .end = end,
                       .journal = &journal,
                       .now = now,
                       .chance = Chance(),
                       .give_up_after = give_up_after_});
    over = over || upload.state == UploadState::kVerified;
  });
  // A full disk: the next look writes it down. Until then the upload is not over, or nobody would
  // go on with what the record says is being sent.
  if (!kept) {
    destination.attempt->end = end;
    return;
  }
  // Only now: whoever is killed before it finds everything proven already.
  if (over) Forget(attempt.id, name);
  destination.activity.bytes += sent > attempt.sent_before ? sent - attempt.sent_before : 0;
  ++(end.problem == UploadProblem::kNone ? destination.activity.succeeded
                                         : destination.activity.failed);
  destination.activity.crash_id.clear();
  destination.attempt.reset();
}

void UploadWatch::Stop(CrashLedger& crashes, std::int64_t now) {
  stopped_ = true;
  for (auto& [name, destination] : destinations_) {
    if (!destination.attempt) continue;
    const std::string id = destination.attempt->id;
    if (destination.attempt->end) {
      End(destination, *destination.attempt->end, crashes, now);
      continue;
    }
    destination.attempt.reset();
    ChangeUpload(crashes, id, name,
                 [&](UploadRecord& upload) { LoseUpload(upload, true, "", now); });
  }
}

std::shared_ptr<const std::vector<UploadActivity>> UploadWatch::activity() const {
  auto all = std::make_shared<std::vector<UploadActivity>>();
  for (const std::string& name : order_) all->push_back(destinations_.find(name)->second.activity);
  return all;
}

}  // namespace kdumpd
