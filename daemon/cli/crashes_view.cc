// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/crashes_view.h"

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "daemon/core/crash_inventory.h"
#include "daemon/core/next_state.h"
#include "daemon/core/text.h"
#include "daemon/host/boot_store.h"
#include "daemon/host/observe.h"
#include "daemon/host/state_directory.h"
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
  }
  // What a crash that left no dump is known by.
  const auto boots = BootStore::Peek(config.state_directory);
  if (boots) seen.boots = std::make_shared<const std::vector<BootRecord>>(boots->boots());
  view.state = NextState(nullptr, std::move(seen));
  if (!look) view.state.now = WallSeconds();
  view.state.node = NodeName(config);
  view.state.version = KDUMPD_VERSION;
  return view;
}

Result<std::string> WholeId(const CrashesView& view, std::string_view prefix) {
  const Records none;
  const auto found = WithPrefix(view.state.crashes ? *view.state.crashes : none, prefix);
  const std::string shown = Printable(prefix, 64);
  if (found.empty()) {
    if (!view.problem.empty()) return Fail(ErrorCode::kNotFound, view.problem);
    return Fail(ErrorCode::kNotFound,
                Cat("no crash on record has the id ", shown, "; kdumpd crashes list shows them"));
  }
  if (found.size() == 1) return found.front()->id;
  return Fail(ErrorCode::kInvalid, Cat(found.size(), " ids begin with ", shown, ": ", found[0]->id,
                                       ", ", found[1]->id, found.size() > 2 ? " ..." : ""));
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
