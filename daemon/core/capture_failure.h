// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

// Why a capture failed, from what it left: kexec-dmesg.log (kdump-utils dracut/99kdumpbase/kdump.sh
// save_log), the journal of a capture kernel that runs on the node's own root (Debian), console
// logs.
namespace kdumpd {

// One row: the cause, the words that prove it, what to do about it. Rows of one code differ only in
// their words.
struct CaptureFailureRule {
  std::string_view code;     // stable: "out_of_memory", "no_space", "network", ...
  std::string_view words;    // in the line; matched as they are
  std::string_view meaning;  // "the capture kernel ran out of memory"
  std::string_view remedy;
};
// The first that matches any line wins: the cause stands before its consequences.
[[nodiscard]] std::span<const CaptureFailureRule> CaptureFailureRules();

struct CaptureFailure {
  std::string code;
  std::string line;  // the line that proves it; hostile text, printable, at most 256 bytes
  std::string meaning;
  std::string remedy;

  friend bool operator==(const CaptureFailure&, const CaptureFailure&) = default;
};
// Nothing when no rule matches: that says nothing about whether the capture worked. Nothing either
// when the log says that the whole dump was saved; rows about the way to the target do not count
// when it says that the target was reached after all. `log`: hostile, its last MiB counts.
[[nodiscard]] std::optional<CaptureFailure> FindCaptureFailure(std::string_view log);
// What proves a cause where no log does.
enum class CaptureSign {
  kHeaderIncomplete,  // makedumpfile marks the header so when a write fails for want of space
  kWatchdogReset,     // /sys/class/watchdog/*/bootstatus
  kPanicRecord,       // pstore has the panic of an armed kernel: written only without a hop
  kUnfinishedName,    // vmcore-incomplete, dump-incomplete; or the log alone
};
inline constexpr int kCaptureSigns = 4;
// The row of a sign; its words are what is shown as the proof.
[[nodiscard]] const CaptureFailureRule& CaptureFailureBy(CaptureSign sign);
// The first row of a code, of either kind; nullptr when there is none.
[[nodiscard]] const CaptureFailureRule* CaptureFailureOf(std::string_view code);

}  // namespace kdumpd
