// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/crashes_view.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "daemon/core/crash_inventory.h"
#include "daemon/core/next_state.h"
#include "daemon/core/text.h"
#include "daemon/host/boot_store.h"
#include "daemon/host/machine_id.h"
#include "daemon/host/observe.h"
#include "daemon/host/state_directory.h"
#include "daemon/host/state_file.h"
#include "daemon/host/upload_store.h"
#include "daemon/node.h"
#include "daemon/wall_clock.h"

namespace kdumpd {
namespace {

using Records = std::vector<CrashRecord>;

constexpr std::chrono::milliseconds kTurn(50);  // StateDirectory::Open() tries every 20 ms

Facts LookAtDumps(HostRoot& root, const Config& config) {
  ObserveInput input;
  input.now = WallSeconds();
  input.settle_seconds = config.settle_ms / 1000;
  input.crash_directory = config.crash_directory;
  Facts facts = Observe(root, input);
  if (facts.dumps.known()) {
    StateDirectory::Peek(config.state_directory).MarkHistoric(facts.dumps.value());
  }
  return facts;
}

// As whoever holds the lock. True when there may be more.
Result<bool> TakeSome(const Config& config) {
  const auto state = StateDirectory::Open(config.state_directory, 0);
  if (!state) return std::unexpected(state.error());
  auto store = RecordStore::Open(state->fd(), config.state_directory);
  if (!store) return std::unexpected(store.error());
  return store->TakeAcknowledgements();
}

// What the journal of an upload that is under way tells; nothing when it tells nothing yet.
std::optional<UploadActivity> ActivityIn(const UploadJournal& journal, const UploadRecord& upload) {
  for (const auto& [name, object] : journal.objects) {
    if (!object.plan || object.stored) continue;
    UploadActivity activity;
    activity.began = upload.tried_at;
    std::uint64_t parts = 0;
    for (const auto& [number, part] : object.parts) parts += part.bytes;
    activity.progress = {name, std::max(parts, object.sent), object.plan->stored_bytes, false};
    const std::int64_t seconds = object.sent_at - std::max(object.begun_at, upload.tried_at);
    if (seconds > 0 && object.begun_at >= upload.tried_at) {
      activity.bytes_per_second = object.sent / static_cast<std::uint64_t>(seconds);
    }
    return activity;
  }
  return std::nullopt;
}

std::shared_ptr<const std::vector<UploadActivity>> Activities(const Records& records,
                                                              const std::string& state_directory) {
  auto all = std::make_shared<std::vector<UploadActivity>>();
  const auto directory = OpenStateDirectory(state_directory);
  const auto store = directory ? UploadStore::Peek(directory->get(), state_directory)
                               : Result<UploadStore>(std::unexpected(directory.error()));
  if (!store) return all;
  for (const CrashRecord& record : records) {
    for (const auto& [name, upload] : record.uploads) {
      if (upload.state != UploadState::kSending) continue;
      auto activity = ActivityIn(store->Read(record.id, name), upload);
      if (!activity) continue;
      activity->destination = name;
      activity->crash_id = record.id;
      all->push_back(*std::move(activity));
    }
  }
  return all;
}

}  // namespace

Result<CrashesView> ViewCrashes(const Config& config, bool look) {
  auto root = HostRoot::Open(config.path);
  if (!root) return std::unexpected(root.error());
  CrashesView view{.root = *std::move(root), .state = {}, .store = {}, .problem = {}};
  auto store = RecordStore::Peek(config.state_directory);
  if (store) {
    view.store = *std::move(store);
  } else if (store.error().code != ErrorCode::kNotFound) {
    view.problem = store.error().message;
  }
  Look seen;
  if (look) seen.facts = LookAtDumps(view.root, config);
  if (view.store) {
    const Records& records = view.store->records();
    seen.crashes =
        std::make_shared<const Records>(look ? RecordsAsSeen(records, seen.facts) : records);
    seen.uploads = Activities(records, config.state_directory);
  }
  // What a crash that left no dump is known by.
  const auto boots = BootStore::Peek(config.state_directory);
  if (boots) seen.boots = std::make_shared<const std::vector<BootRecord>>(boots->boots());
  view.state = NextState(nullptr, std::move(seen));
  if (!look) view.state.now = WallSeconds();
  view.state.node = NodeName(config);
  view.state.machine_id = MachineId(view.root);
  view.state.version = KDUMPD_VERSION;
  return view;
}

Result<std::string> WholeId(const CrashesView& view, std::string_view prefix) {
  const auto found = WithPrefix(view.state, prefix);
  const std::string shown = Printable(prefix, 64);
  if (found.empty()) {
    if (!view.problem.empty()) return Fail(ErrorCode::kNotFound, view.problem);
    return Fail(ErrorCode::kNotFound,
                Cat("no crash on record has the id ", shown, "; kdumpd crashes list shows them"));
  }
  if (found.size() == 1) return found.front();
  return Fail(ErrorCode::kInvalid, Cat(found.size(), " ids begin with ", shown, ": ", found[0],
                                       ", ", found[1], found.size() > 2 ? " ..." : ""));
}

Result<void> TakeNotes(const Config& config) {
  for (auto taken = TakeSome(config);; taken = TakeSome(config)) {
    if (!taken) return std::unexpected(taken.error());
    if (!*taken) return {};
    // A daemon that starts waits for the lock, though not for long: it may have it now.
    std::this_thread::sleep_for(kTurn);
  }
}

}  // namespace kdumpd
