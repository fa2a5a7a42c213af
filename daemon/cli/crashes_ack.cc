// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/crashes_ack.h"

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/cli/print.h"
#include "daemon/core/text.h"
#include "daemon/render/acknowledged_text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kByHand = "hand";

// The records that are meant.
Result<std::vector<CrashRecord>> Chosen(const CrashesView& view, const Arguments& arguments) {
  std::vector<CrashRecord> chosen;
  if (!view.store) {
    if (!view.problem.empty()) return Fail(ErrorCode::kIo, view.problem);
    if (arguments.ids.empty()) return chosen;
  }
  for (const std::string& prefix : arguments.ids) {
    const auto id = WholeId(view, prefix);
    if (!id) return std::unexpected(id.error());
    const bool twice = std::ranges::find(chosen, *id, &CrashRecord::id) != chosen.end();
    if (!twice) chosen.push_back(*view.store->Find(*id));
  }
  if (!arguments.ids.empty()) return chosen;
  for (const CrashRecord& record : view.store->records()) {
    const std::int64_t before = view.state.now - arguments.older_than_ms.value_or(0) / 1000;
    const bool meant = !arguments.older_than_ms || record.crash_time < before;
    if (meant && IsUnacknowledged(record)) chosen.push_back(record);
  }
  return chosen;
}

}  // namespace

int AcknowledgeCrashes(const CrashesView& view, const Config& config, const Arguments& arguments) {
  const auto chosen = Chosen(view, arguments);
  if (!chosen) {
    PrintProblem(chosen.error().message);
    return 1;
  }
  Acknowledgements result;
  for (const CrashRecord& record : *chosen) {
    // Named once more: what has changed in its directory meanwhile is acknowledged as well.
    if (auto left = view.store->Acknowledge(record.id, kByHand, view.state.now); !left) {
      result.problem = left.error().message;
      break;
    }
    (IsUnacknowledged(record) ? result.done : result.already).push_back(record);
  }
  if (!result.done.empty() || !result.already.empty()) {
    const auto taken = TakeNotes(config);
    result.pending = !taken && taken.error().code == ErrorCode::kBusy;
    if (!taken && !result.pending && result.problem.empty()) {
      result.problem = taken.error().message;
    }
  }
  const bool json = arguments.output == Output::kJson;
  const bool printed =
      PrintOut(json ? AcknowledgedJson(view.state, result) : AcknowledgedText(result));
  if (!result.problem.empty()) PrintProblem(result.problem);
  if (!printed) return kExitInternal;
  return result.problem.empty() ? 0 : 1;
}

}  // namespace kdumpd
