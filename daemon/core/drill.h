// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_record.h"
#include "daemon/core/crash_record.h"
#include "daemon/core/state.h"

// The drill: a crash on purpose, and whether it was captured. Times in seconds since the epoch, 0:
// not known.
namespace kdumpd {

// On disk before the crash: `drill.pending` in the state directory.
struct DrillIntent {
  std::string id;  // 16 random hexadecimal digits
  std::string node;
  std::string boot_id;  // BootIdOf, of the boot that is to crash
  std::int64_t requested_at = 0;
  std::int64_t crash_at = 0;  // when the crash was about to be asked for; 0: it has not come so far
  std::string fingerprint;    // of what a later change makes the result void: FingerprintOf

  friend bool operator==(const DrillIntent&, const DrillIntent&) = default;
};

// Public contract: only added to.
enum class DrillResult {
  kPassed,
  kFailed,
  kUnverified,  // the dump would be where this node cannot see it
  kCancelled,
};
inline constexpr int kDrillResults = 4;
[[nodiscard]] std::string_view Name(DrillResult result);

struct DrillRecord {
  DrillIntent intent;
  DrillResult result = DrillResult::kFailed;
  std::string reason;             // stable code
  std::string message;            // one sentence
  std::string crash_id;           // the crash record of its dump, "" none
  std::int64_t crash_time = 0;    // by the dump, else DrillIntent::crash_at
  std::int64_t dump_seconds = 0;  // from the crash until the dump was written
  std::int64_t back_seconds = 0;  // from the crash until the node was armed again
  std::int64_t judged_at = 0;

  friend bool operator==(const DrillRecord&, const DrillRecord&) = default;
};

// What is on record of drills: `drill.json`, written by the daemon alone, and `drill.pending`.
struct Drills {
  std::optional<DrillIntent> pending;
  std::optional<DrillRecord> last;
  std::optional<DrillRecord> last_pass;

  friend bool operator==(const Drills&, const Drills&) = default;
};

// A hash over the kernel release, the kdump initrd (path, size, time), the kdump configuration and
// the reservation. "" when any of them is not known.
[[nodiscard]] std::string FingerprintOf(const Facts& facts);

// Whether a drill is due: never passed, or what it proved has changed since: "never", "changed"; ""
// when it is not, kDueUnknown when that cannot be told. A success of `kdumpctl test` is a pass as
// long as neither the initramfs nor the configuration is newer than its mark.
inline constexpr std::string_view kDueUnknown = "unknown";
[[nodiscard]] std::string_view DrillDue(const Drills& drills, const Facts& facts);

// Why a drill may not start. `hard`: no --force helps.
struct DrillRefusal {
  std::string reason;   // stable code
  std::string message;  // one sentence
  std::string remedy;   // one sentence or a command; "" there is none
  bool hard = false;

  friend bool operator==(const DrillRefusal&, const DrillRefusal&) = default;
};
struct DrillRequest {
  bool enabled = false;   // the node's own configuration file says so
  std::string typed;      // the name of the node as it was typed
  bool cordoned = false;  // the operator says that the node is cordoned
  bool daemon_runs = false;
};
// All of them, the hard ones first; none: it may start. `state`: one look at the node just now.
[[nodiscard]] std::vector<DrillRefusal> Refusals(const DrillRequest& request, const State& state,
                                                 const Drills& drills);

// Whether it has the shape of a drill's id.
[[nodiscard]] bool IsDrillId(std::string_view id);

// Whether this is the crash that the drill asked for: by its time and, once it is inspected, by
// what its log says. False for a drill that never came to ask for one.
[[nodiscard]] bool IsCrashOf(const DrillIntent& intent, const CrashRecord& crash);

struct DrillView {
  std::string boot_id;  // BootIdOf, of the running boot
  std::int64_t now = 0;
  const BootRecord* boot = nullptr;    // how the boot of the drill ended; null: not decided
  bool all_decided = false;            // nor will it be: every boot before this one is
  const CrashRecord* crash = nullptr;  // the crash of that boot; null: none
  std::int64_t dump_written_at = 0;    // when its dump was; 0: not known
  std::int64_t armed_since = 0;        // in this boot; 0: not armed yet
};
// The verdict on a pending drill; nothing while it is still open.
[[nodiscard]] std::optional<DrillRecord> JudgeDrill(const DrillIntent& intent,
                                                    const DrillView& view);
// So long after the boot is decided it is waited for the node to be armed again, and for the record
// of a dump that was kept.
inline constexpr std::int64_t kRearmSeconds = 900;
// A node that is still in the same boot so long after the crash was asked for has not crashed.
inline constexpr std::int64_t kNoCrashSeconds = 600;

}  // namespace kdumpd
