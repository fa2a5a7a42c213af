// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/core/boot_evidence.h"
#include "daemon/core/boot_ledger.h"
#include "daemon/core/drill.h"
#include "daemon/core/load_history.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kTimeoutCheck = "panic_timeout";

// Where the dump goes, when this node cannot see it there; "" when it can.
std::string Unseen(const Facts& facts) {
  switch (SightOf(facts)) {
    case DumpSight::kHere:
      return "";
    case DumpSight::kRemote:
      return Cat("the dump goes to another machine: ", Printable(facts.target->spec));
    case DumpSight::kRaw:
      return "the dump goes to a device without a file system";
    case DumpSight::kUnmounted:
      return "the dump goes to a file system that is not mounted here";
    case DumpSight::kUnknown:
      break;
  }
  return "it is not known where the dump goes";
}

class Asked {
 public:
  Asked(const DrillRequest& request, const State& state, const Drills& drills)
      : request_(request), state_(state), facts_(state.facts), drills_(drills) {}

  std::vector<DrillRefusal> Refusals() {
    Enabled();
    Name();
    Armed();
    Pending();
    PanicTimeout();
    Kubernetes();
    if (BootIdOf(facts_.boot_id.ValueOr("")).empty()) {
      Hard("no_boot_id", "the id of this boot cannot be read: its end would not be recognised",
           Cat("look at ", facts_.boot_id.source()));
    }
    Checks();
    Afterwards();
    std::ranges::move(soft_, std::back_inserter(hard_));
    return std::move(hard_);
  }

 private:
  void Hard(std::string reason, std::string message, std::string remedy) {
    hard_.push_back({std::move(reason), std::move(message), std::move(remedy), true});
  }
  void Soft(std::string reason, std::string message, std::string remedy) {
    soft_.push_back({std::move(reason), std::move(message), std::move(remedy), false});
  }

  void Enabled() {
    if (request_.enabled) return;
    Hard("not_enabled", "drills are not enabled on this node",
         "drill.enabled: true in its configuration file");
  }

  void Name() {
    const std::string name = Printable(state_.node);
    if (state_.node.empty()) {
      Hard("no_name", "this node has no name that could be confirmed", "set node.name");
    } else if (request_.typed.empty()) {
      Hard("not_confirmed", "nobody has confirmed that it is this node that is to crash",
           Cat("--confirm ", name));
    } else if (request_.typed != state_.node) {
      Hard("other_node",
           Cat("the name that was typed is ", Printable(request_.typed, 64), ", and this node is ",
               name),
           Cat("go to that node, or --confirm ", name));
    }
  }

  void Armed() {
    const Fact<bool> loaded = TakesOver(facts_.crash_loaded, facts_.fadump);
    const std::optional<bool>& armed = state_.readiness.armed;
    if (armed == true && loaded.Is(true)) return;
    const std::string remedy = "kdumpd check says what is missing";
    if (loaded.Is(false)) {
      Hard("not_armed", "nothing would take over: no capture kernel is loaded", remedy);
    } else if (armed == false) {
      Hard("not_armed", Cat("the node is not armed: ", state_.readiness.message), remedy);
    } else {
      Hard("armed_unknown", "it is not known whether the node is armed", remedy);
    }
  }

  void Pending() {
    if (drills_.pending) {
      Hard("pending", Cat("drill ", Printable(drills_.pending->id, 64), " is pending"),
           "wait for its result, or kdumpd drill cancel");
    }
    const Fact<KdumpTestMark>& test = facts_.kdump_test;
    if (!test.known() || test->status != KdumpTestMark::Status::kPending) return;
    Hard("kdumpctl_test_pending",
         Cat("a kdumpctl test is pending (", test.source(),
             "): the dump would be taken for its own"),
         "kdumpctl status settles it; else remove that file and kdumpctl restart");
  }

  // Without a reboot of its own a kernel whose capture fails stays where it is, and nobody comes.
  void PanicTimeout() {
    const Fact<std::int64_t>& timeout = facts_.panic_timeout;
    const std::string remedy = "sysctl -w kernel.panic=10, and the same in /etc/sysctl.d";
    if (!timeout.known()) {
      Hard("panic_timeout_unknown", "kernel.panic cannot be read: the node might hang", remedy);
    } else if (timeout.value() == 0) {
      Hard("panic_timeout", "kernel.panic is 0: the node would hang when the capture fails",
           remedy);
    }
  }

  void Kubernetes() {
    if (!facts_.kubernetes || request_.cordoned) return;
    const std::string name = Printable(state_.node);
    Hard("not_cordoned", "this is a node of a Kubernetes cluster, and nobody says it is cordoned",
         Cat("kubectl drain ", name.empty() ? "NODE" : name,
             " --ignore-daemonsets, then --cordoned"));
  }

  // Those that gate are passed or refused for above.
  void Checks() {
    const bool hangs = facts_.panic_timeout.Is(0);  // said already
    for (const Finding& finding : state_.readiness.findings) {
      const bool problem = finding.status == Status::kFail || finding.status == Status::kWarn;
      if (!problem || finding.weight == Weight::kIgnore) continue;
      if (hangs && finding.id == kTimeoutCheck) continue;
      Soft(std::string(finding.id), finding.message, finding.remedy);
    }
  }

  void Afterwards() {
    if (!request_.daemon_runs) {
      Soft("daemon_not_running", "the daemon does not run: nobody would judge the result",
           "systemctl enable --now kdumpd");
    }
    const std::string unseen = Unseen(facts_);
    if (unseen.empty()) return;
    Soft("target_not_visible", Cat(unseen, "; the result can be no better than unverified"),
         "look for the dump there yourself");
  }

  const DrillRequest& request_;
  const State& state_;
  const Facts& facts_;
  const Drills& drills_;
  std::vector<DrillRefusal> hard_, soft_;
};

}  // namespace

std::vector<DrillRefusal> Refusals(const DrillRequest& request, const State& state,
                                   const Drills& drills) {
  return Asked(request, state, drills).Refusals();
}

}  // namespace kdumpd
