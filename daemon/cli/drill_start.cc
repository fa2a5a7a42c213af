// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/drill_start.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <random>
#include <thread>
#include <utility>

#include "daemon/cli/look_once.h"
#include "daemon/cli/print.h"
#include "daemon/core/hash.h"
#include "daemon/core/text.h"
#include "daemon/host/announcement.h"
#include "daemon/host/crash_trigger.h"
#include "daemon/host/state_directory.h"
#include "daemon/node.h"
#include "daemon/wall_clock.h"

namespace kdumpd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kCountdownSeconds = 5;
constexpr milliseconds kSyncLimit(30'000);
constexpr seconds kStillAlive(10);
constexpr milliseconds kStep(100);
constexpr std::string_view kInterrupted = "the drill was cancelled by a signal";

volatile std::sig_atomic_t interrupted = 0;
void Interrupt(int) { interrupted = 1; }

// Whoever ends us before the crash cancels the drill.
void CancelOnSignals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    (void)std::signal(signal, Interrupt);  // NOLINT(concurrency-mt-unsafe): there is no thread
  }
}

std::string RandomId() {
  std::random_device random;
  return Hex(std::uint64_t{random()} << 32U | random());
}

void Say(std::string_view text) { std::fputs(std::string(text).c_str(), stderr); }

// The name of the node as somebody types it; "" when nobody does.
std::string AskForName(const State& state) {
  Say(Cat("This crashes ", Printable(state.node), ". Type its name to go on: "));
  std::string line;
  std::getline(std::cin, line);
  return std::string(Trim(line));
}

class Start {
 public:
  Start(DrillNode& node, const Config& config, const Arguments& arguments)
      : node_(node), config_(config), arguments_(arguments) {
    node.answer.action = "start";
  }

  int Run() {
    if (!node_.answer.problem.empty()) return Stop("");
    if (InCaptureKernel(node_.root)) return Stop("this is a capture kernel");
    if (!Confirmed()) return Refused();
    CancelOnSignals();
    if (auto begun = Begin(); !begun) return Stop(begun.error().message);
    Announce();
    if (!CountDown()) return GiveUp(kInterrupted);
    Say("kdumpd: writing to the disks\n");
    if (auto synced = SyncWithin(kSyncLimit); !synced) return GiveUp(synced.error().message);
    return Crash();
  }

 private:
  int Stop(std::string_view problem) {
    if (!problem.empty()) node_.answer.problem = problem;
    return SayDrill(node_, arguments_, "");
  }
  int Refused() {
    const bool colour = ::isatty(STDOUT_FILENO) == 1;
    const int said =
        SayDrill(node_, arguments_, DrillRefusedText(node_.state, node_.answer, colour));
    return said == kExitInternal ? said : 1;
  }

  bool Allowed(std::string typed) {
    const DrillRequest request{.enabled = config_.drill_enabled,
                               .typed = std::move(typed),
                               .cordoned = arguments_.cordoned,
                               .daemon_runs = StateDirectory::IsHeld(config_.state_directory)};
    node_.answer.refusals = Refusals(request, node_.state, node_.answer.drills);
    return MayStart(node_.answer.refusals, arguments_.force);
  }

  // Nobody is asked to type the name of a node that may not crash anyway.
  bool Confirmed() {
    const bool ask = arguments_.confirm.empty() && ::isatty(STDIN_FILENO) == 1;
    if (!ask) return Allowed(arguments_.confirm);
    if (!Allowed(node_.state.node)) return false;
    std::string typed = AskForName(node_.state);
    LookAgain();
    return Allowed(std::move(typed));
  }
  // Who is asked may take hours, and the node is another one by then.
  void LookAgain() {
    node_.state = LookOnce(node_.root, config_);
    if (node_.store) node_.answer.drills = node_.store->Read().drills;
  }

  Result<void> Begin() {
    if (!node_.store) {
      // Nothing has run here: --force.
      if (auto made = StateDirectory::Make(config_.state_directory); !made) return made;
      auto store = DrillStore::Peek(config_.state_directory);
      if (!store) return std::unexpected(store.error());
      node_.store = *std::move(store);
    }
    intent_.id = RandomId();
    intent_.node = node_.state.node;
    intent_.boot_id = BootIdOf(node_.state.facts.boot_id.ValueOr(""));
    intent_.requested_at = WallSeconds();
    intent_.fingerprint = FingerprintOf(node_.state.facts);
    auto begun = node_.store->Begin(intent_);
    if (begun) node_.answer.drills.pending = intent_;
    return begun;
  }

  void Announce() const {
    const std::string text = Cat("drill ", intent_.id, ": ", Printable(node_.state.node),
                                 " crashes on purpose in ", kCountdownSeconds, " s");
    Say(Cat("kdumpd: ", text, "; Ctrl-C cancels\n"));
    kdumpd::Announce(node_.root, text);
  }

  // False: cancelled.
  static bool CountDown() {
    for (int left = kCountdownSeconds; left > 0; --left) {
      Say(Cat(left, left == 1 ? "\n" : " "));
      const auto end = std::chrono::steady_clock::now() + seconds(1);
      while (std::chrono::steady_clock::now() < end) {
        if (interrupted != 0) return false;
        std::this_thread::sleep_for(kStep);
      }
    }
    return interrupted == 0;
  }

  void Cancel() {
    const auto cancelled = node_.store->Cancel(intent_.id);
    // Where it is not pending any more somebody else was faster.
    if (!cancelled && cancelled.error().code != ErrorCode::kNotFound) {
      return PrintProblem(cancelled.error().message);
    }
    node_.answer.cancelled = intent_.id;
    node_.answer.drills.pending.reset();
  }
  int GiveUp(std::string_view why) {
    Say("\n");
    Cancel();
    (void)kdumpd::Announce(node_.root, Cat("drill ", intent_.id, " is cancelled: ", why));
    return Stop(why);
  }

  // Why it may not crash now; "" when it is on record that it does.
  std::string Mark() {
    if (interrupted != 0) return std::string(kInterrupted);
    intent_.crash_at = WallSeconds();
    const auto marked = node_.store->MarkCrashing(intent_);
    if (marked) return "";
    const bool gone = marked.error().code == ErrorCode::kNotFound;
    return gone ? "somebody else has cancelled the drill" : marked.error().message;
  }

  int Crash() {
    if (const std::string why = Mark(); !why.empty()) return GiveUp(why);
    node_.answer.drills.pending = intent_;
    node_.answer.started = true;
    (void)SayDrill(node_, arguments_, "");
    // Whoever reads that may have kept us waiting.
    if (const std::string why = Mark(); !why.empty()) {
      Cancel();
      PrintProblem(why);
      return 1;
    }
    if (auto triggered = TriggerCrash(node_.root); !triggered) {
      Cancel();
      PrintProblem(triggered.error().message);
      return 1;
    }
    std::this_thread::sleep_for(kStillAlive);
    Cancel();
    PrintProblem(Cat("the kernel was asked to crash ", kStillAlive.count(),
                     " s ago and still runs; the drill is cancelled"));
    return 1;
  }

  DrillNode& node_;
  const Config& config_;
  const Arguments& arguments_;
  DrillIntent intent_;
};

}  // namespace

int StartDrill(DrillNode& node, const Config& config, const Arguments& arguments) {
  return Start(node, config, arguments).Run();
}

}  // namespace kdumpd
