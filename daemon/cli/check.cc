// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/check.h"

#include <unistd.h>

#include "daemon/cli/print.h"
#include "daemon/core/next_state.h"
#include "daemon/core/text.h"
#include "daemon/host/observe.h"
#include "daemon/host/state_directory.h"
#include "daemon/node.h"
#include "daemon/render/render.h"
#include "daemon/wall_clock.h"
#include "metrics/render.h"

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

Facts LookOnce(HostRoot& root, const Config& config) {
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

std::string Printed(const State& state, const Arguments& arguments) {
  switch (arguments.output) {
    case Output::kJson:
      return ReadinessJson(state);
    case Output::kPrometheus:
      return RenderStateMetrics(state);
    case Output::kText:
      break;
  }
  if (!arguments.explain.empty()) return ExplainText(state, arguments.explain);
  const bool colour = ::isatty(STDOUT_FILENO) == 1;
  return ReadinessText(state, {colour, arguments.all});
}

int ExitStatus(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReady:
      return 0;
    case Verdict::kDegraded:
      return 1;
    case Verdict::kArming:
    case Verdict::kNotReady:
      return 2;
    case Verdict::kUnknown:
      return 3;
  }
  return 3;
}

}  // namespace

int RunCheck(const Config& config, const Arguments& arguments) {
  auto root = HostRoot::Open(config.path);
  if (!root) {
    PrintProblem(root.error().message);
    return kExitUsage;
  }
  Look look;
  look.facts = LookOnce(*root, config);
  if (look.facts.dumps.known()) {
    StateDirectory::Peek(config.state_directory).MarkHistoric(look.facts.dumps.value());
  }
  look.readiness = Evaluate(look.facts, config.policy);
  State state = NextState(nullptr, std::move(look));
  state.node = NodeName(config);
  state.version = KDUMPD_VERSION;
  state.started_at = state.now;
  const std::string text = Printed(state, arguments);
  if (text.empty()) {
    PrintProblem(Cat("no check is called '", Printable(arguments.explain, 64),
                     "'; kdumpd check --all lists them"));
    return kExitUsage;
  }
  return PrintOut(text) ? ExitStatus(state.readiness.verdict) : kExitInternal;
}

}  // namespace kdumpd
