// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/look_once.h"

#include <utility>

#include "daemon/core/next_state.h"
#include "daemon/host/observe.h"
#include "daemon/host/state_directory.h"
#include "daemon/node.h"
#include "daemon/wall_clock.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kAwaitBusMs = 2000;

// The units, or why the bus did not tell.
Fact<std::vector<UnitState>> AskUnits(const Config& config, const HostRoot& root) {
  using Units = Fact<std::vector<UnitState>>;
  const UnitWatch::Options options = UnitsOfNode(config, root);
  auto loop = EventLoop::Create();
  if (!loop) return Units::Unreadable(options.address, loop.error().message);
  const auto watch = UnitWatch::Start(*loop, options, [&] { loop->Quit(0); });
  const auto limit = loop->After(kAwaitBusMs, [&] { loop->Quit(0); });
  if (watch->Waiting() && !loop->Run()) {
    return Units::Unreadable(options.address, "the event loop failed");
  }
  return watch->Units();
}

Facts FactsOnce(HostRoot& root, const Config& config) {
  ObserveInput input;
  input.now = WallSeconds();
  input.units = AskUnits(config, root);
  input.settle_seconds = config.settle_ms / 1000;
  input.crash_directory = config.crash_directory;
  Facts facts = Observe(root, input);
  // /proc/iomem tells the reservation without the kexec lock; only where it is masked is the size
  // read.
  if (!facts.iomem.known() && MayReadCrashSize(input.units, false)) {
    input.read_crash_size = true;
    facts = Observe(root, input);
  }
  return facts;
}

}  // namespace

State LookOnce(HostRoot& root, const Config& config) {
  Look look;
  look.facts = FactsOnce(root, config);
  if (look.facts.dumps.known()) {
    StateDirectory::Peek(config.state_directory).MarkHistoric(look.facts.dumps.value());
  }
  look.readiness = Evaluate(look.facts, config.policy);
  State state = NextState(nullptr, std::move(look));
  state.node = NodeName(config);
  state.version = KDUMPD_VERSION;
  state.started_at = state.now;
  return state;
}

}  // namespace kdumpd
