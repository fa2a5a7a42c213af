// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/crashes_send.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "daemon/cli/historic_dump.h"
#include "daemon/cli/print.h"
#include "daemon/cli/progress_line.h"
#include "daemon/core/text.h"
#include "daemon/core/upload_plan.h"
#include "daemon/core/upload_record.h"
#include "daemon/host/ship_process.h"
#include "daemon/host/state_directory.h"
#include "daemon/host/state_file.h"
#include "daemon/host/upload_store.h"
#include "daemon/render/crashes_text.h"
#include "daemon/render/uploads_text.h"
#include "daemon/shipping.h"
#include "daemon/wall_clock.h"

namespace kdumpd {
namespace {

constexpr std::chrono::milliseconds kLookEvery(300);

Result<std::vector<UploadTarget>> Chosen(const Config& config, const Arguments& arguments) {
  const auto& targets = config.uploads.targets;
  if (targets.empty()) {
    return Fail(ErrorCode::kNotFound, "no destination is configured; see destinations.NAME.url");
  }
  if (arguments.destinations.empty()) return targets;
  std::vector<UploadTarget> chosen;
  for (const std::string& name : arguments.destinations) {
    const auto target = std::ranges::find(targets, name, &UploadTarget::name);
    if (target == targets.end()) {
      return Fail(ErrorCode::kNotFound, Cat("no destination ", Printable(name, 64)));
    }
    chosen.push_back(*target);
  }
  return chosen;
}

std::vector<std::string> NamesOf(const std::vector<UploadTarget>& targets) {
  std::vector<std::string> names(targets.size());
  std::ranges::transform(targets, names.begin(), &UploadTarget::name);
  return names;
}

void ShowProgress(ProgressLine& line, const UploadRecord& upload, const UploadJournal& journal) {
  line.Show({std::min(SentBytes(journal), upload.bytes), upload.bytes});
}

// What the running daemon comes to: verified, or why this attempt was in vain.
class Follower {
 public:
  Follower(const Config& config, std::string id, std::int64_t asked_at)
      : config_(config), id_(std::move(id)), asked_at_(asked_at) {}

  // The record as it is when it is over for all of them.
  Result<CrashRecord> Follow(const std::vector<std::string>& names) {
    std::optional<ProgressLine> line;
    // Of a historic dump there may be none before the next look.
    const auto latest = std::chrono::steady_clock::now() + RecordWithin();
    for (;;) {
      const auto directory = OpenStateDirectory(config_.state_directory);
      const auto store = directory ? RecordStore::Peek(directory->get())
                                   : Result<RecordStore>(std::unexpected(directory.error()));
      if (!store) return std::unexpected(store.error());
      const CrashRecord* record = store->Find(id_);
      if (record != nullptr) {
        const std::string* next = FirstUnderWay(*record, names);
        if (next == nullptr) return *record;
        Show(*record, *next, directory->get(), line);
      } else if (std::chrono::steady_clock::now() > latest) {
        return Fail(ErrorCode::kNotFound,
                    Cat("the daemon has made no record of ", id_,
                        "; kdumpd crashes list shows whether its dump is there, kdumpd check "
                        "whether the daemon can see it"));
      }
      if (!StateDirectory::IsHeld(config_.state_directory)) {
        return Fail(ErrorCode::kIo, "the daemon has ended; it goes on when it is started again");
      }
      std::this_thread::sleep_for(kLookEvery);
    }
  }

 private:
  // Two looks, and that a crash directory may be slow.
  [[nodiscard]] std::chrono::milliseconds RecordWithin() const {
    return std::chrono::milliseconds(2 * config_.observe_interval_ms) + std::chrono::seconds(30);
  }

  // Null when it is over for all of them.
  const std::string* FirstUnderWay(const CrashRecord& record,
                                   const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const auto upload = record.uploads.find(name);
      if (upload == record.uploads.end() || !IsOver(upload->second, name)) return &name;
    }
    return nullptr;
  }

  void Show(const CrashRecord& record, const std::string& name, int state,
            std::optional<ProgressLine>& line) const {
    const auto upload = record.uploads.find(name);
    if (upload == record.uploads.end() || upload->second.bytes == 0) return;
    if (!line) line.emplace(true, upload->second.bytes);
    const auto uploads = UploadStore::Peek(state);
    if (uploads) ShowProgress(*line, upload->second, uploads->Read(id_, name));
  }

  // A note that was not taken yet leaves queued_at as it was.
  [[nodiscard]] bool IsOver(const UploadRecord& upload, const std::string& name) {
    if (upload.queued_at < asked_at_) return false;
    if (upload.state == UploadState::kSending) seen_sending_.insert(name);
    if (upload.state == UploadState::kVerified || upload.state == UploadState::kGaveUp) return true;
    const bool tried = upload.tried_at >= asked_at_ || seen_sending_.contains(name);
    return upload.state == UploadState::kQueued && upload.problem != UploadProblem::kNone &&
           (tried || upload.problem == UploadProblem::kClear);
  }

  const Config& config_;
  std::string id_;
  std::int64_t asked_at_;
  std::set<std::string> seen_sending_;  // an attempt that had begun before counts too
};

// Without a daemon, as whoever holds the lock.
class Sender {
 public:
  static Result<Sender> Open(const CrashesView& view, const Config& config) {
    auto state = StateDirectory::Open(config.state_directory, 0);
    if (!state) return std::unexpected(state.error());
    auto records = RecordStore::Open(state->fd(), config.state_directory);
    if (!records) return std::unexpected(records.error());
    auto uploads = UploadStore::Open(state->fd(), config.state_directory);
    if (!uploads) return std::unexpected(uploads.error());
    return Sender(view, config, *std::move(state), *std::move(records), *std::move(uploads));
  }

  Result<CrashRecord> Send(const std::string& id, const std::vector<UploadTarget>& targets) {
    for (const UploadTarget& target : targets) {
      if (auto sent = SendTo(id, target); !sent) return std::unexpected(sent.error());
    }
    return *records_.Find(id);
  }

 private:
  Sender(const CrashesView& view, const Config& config, StateDirectory state, RecordStore records,
         UploadStore uploads)
      : view_(view),
        config_(config),
        state_(std::move(state)),
        records_(std::move(records)),
        uploads_(std::move(uploads)) {}

  Result<void> SendTo(const std::string& id, const UploadTarget& target) {
    CrashRecord record = *records_.Find(id);
    UploadRecord& upload = record.uploads[target.name];
    upload.place = PlaceOf(target, UploadPrefix(config_.uploads, view_.state.node, id));
    if (!BeginUpload(upload, uploads_.Read(id, target.name), "", WallSeconds())) return {};
    if (auto kept = records_.Write(record); !kept) return kept;
    const UploadEnd end = Attempt(record, target);
    const UploadJournal journal = uploads_.Read(id, target.name);
    std::random_device chance;
    EndUpload(upload, {.task = UploadTask::kWhole,
                       .end = end,
                       .journal = &journal,
                       .now = WallSeconds(),
                       .chance = std::uniform_real_distribution<double>(0, 1)(chance)});
    if (auto kept = records_.Write(record); !kept) return kept;
    if (upload.state != UploadState::kVerified) return {};
    return uploads_.Remove(id, target.name);
  }

  UploadEnd Attempt(CrashRecord& record, const UploadTarget& target) {
    if (IsForbidden(target, config_.uploads)) {
      return {UploadProblem::kClear,
              "uploads.encryption is required, and this destination has no recipients", 0};
    }
    const auto shipping = PackShipping({view_.root, view_.state, records_, config_.uploads}, record,
                                       target, UploadTask::kWhole);
    if (!shipping) return {shipping.error().problem, shipping.error().message, 0};
    const auto journal = uploads_.Journal(record.id, target.name);
    if (!journal) return {UploadProblem::kState, journal.error().message, 0};
    auto process = ShipProcess::Start(shipping->job, journal->get(), shipping->fds());
    if (!process) return {UploadProblem::kHelper, process.error().message, 0};
    UploadRecord& upload = record.uploads[target.name];
    upload.bytes = std::max(upload.bytes, shipping->bytes);
    upload.duplicate_of = shipping->job.about.at("duplicate_of");
    ProgressLine line(true, shipping->bytes);
    return WaitFor(*process, [&](const UploadProgress&) {
      ShowProgress(line, upload, uploads_.Read(record.id, target.name));
    });
  }

  const CrashesView& view_;
  const Config& config_;
  StateDirectory state_;
  RecordStore records_;
  UploadStore uploads_;
};

int Tell(const CrashesView& view, const CrashRecord& record, const std::vector<std::string>& names,
         const Arguments& arguments) {
  CrashRecord shown = record;
  std::erase_if(shown.uploads, [&](const auto& item) {
    return std::ranges::find(names, item.first) == names.end();
  });
  State state = view.state;
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(std::vector{shown});
  const Crash crash{nullptr, &state.crashes->front()};
  const bool json = arguments.output == Output::kJson;
  const bool printed = PrintOut(json ? CrashDocument(state, crash, nullptr)
                                     : Cat(record.id, "\n", UploadRows(state, shown)));
  if (!printed) return kExitInternal;
  const bool good = std::ranges::all_of(
      shown.uploads, [](const auto& item) { return item.second.state == UploadState::kVerified; });
  return good && shown.uploads.size() == names.size() ? 0 : 1;
}

// Without a daemon.
Result<CrashRecord> SendAlone(const CrashesView& view, const Config& config, const std::string& id,
                              const std::vector<UploadTarget>& targets) {
  const CrashRecord* record = view.store->Find(id);
  if (record != nullptr && (!record->historic || IsInspectionOver(*record))) {
    auto sender = Sender::Open(view, config);
    return sender ? sender->Send(id, targets) : std::unexpected(sender.error());
  }
  if (auto taken = TakeUpHistoric(view, config, id); !taken) return std::unexpected(taken.error());
  const auto now = ViewCrashes(config, true);
  if (!now) return std::unexpected(now.error());
  auto sender = Sender::Open(*now, config);
  return sender ? sender->Send(id, targets) : std::unexpected(sender.error());
}

Result<CrashRecord> Send(const CrashesView& view, const Config& config,
                         const Arguments& arguments) {
  const auto targets = Chosen(config, arguments);
  if (!targets) return std::unexpected(targets.error());
  const auto id = WholeId(view, arguments.ids.front());
  if (!id) return std::unexpected(id.error());
  const CrashRecord* record = view.store->Find(*id);  // null: it is historic
  if (record != nullptr && (!record->has_dump() || record->gone_at != 0)) {
    return Fail(ErrorCode::kNotFound, "there is no dump of that crash here");
  }
  const std::int64_t sealed = record != nullptr ? record->sealed_at : 0;
  const std::int64_t now = std::max(WallSeconds(), sealed);
  const std::vector<std::string> names = NamesOf(*targets);
  const auto asked = view.store->AskForUpload(*id, names, now);
  if (!asked) return std::unexpected(asked.error());
  const auto taken = TakeNotes(config);
  if (!taken && taken.error().code == ErrorCode::kBusy) {
    return Follower(config, *id, *asked).Follow(names);
  }
  if (!taken) return std::unexpected(taken.error());
  return SendAlone(view, config, *id, *targets);
}

}  // namespace

int SendCrash(const CrashesView& view, const Config& config, const Arguments& arguments) {
  if (!view.store) {
    PrintProblem(view.problem.empty() ? Cat("there are no records of crashes in ",
                                            config.state_directory, ": kdumpd run makes them")
                                      : view.problem);
    return 1;
  }
  const auto record = Send(view, config, arguments);
  if (!record) {
    PrintProblem(record.error().message);
    return 1;
  }
  std::vector<std::string> names = arguments.destinations;
  if (names.empty()) names = NamesOf(config.uploads.targets);
  return Tell(view, *record, names, arguments);
}

}  // namespace kdumpd
