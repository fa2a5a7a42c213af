// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/retention.h"

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <tuple>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/core/upload_plan.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kRetentionReasons> kReasonNames{
    "keep_newest",     "max_age", "max_bytes", "min_free",  "within_limits",
    "incomplete_list", "writing", "historic",  "no_record", "not_acknowledged",
    "not_inspected",   "changed", "obstacle",  "not_stored"};

const DumpContents kNotLookedAt{0, "not looked at"};

// Nobody has seen what is in it now.
std::string ChangedSince(std::string_view file, const CrashRecord& record) {
  return Cat(Printable(file), " has changed since it was acknowledged; kdumpd crashes ack ",
             record.id, " says that this was seen too");
}

using Names = std::pair<std::string_view, std::string_view>;

class Planner {
 public:
  Planner(const RetentionPolicy& policy, const RetentionInput& input)
      : policy_(policy), input_(input) {
    for (const CrashRecord& record : input.records) {
      if (!record.has_dump() || record.gone_at != 0) continue;
      records_.emplace(Names(record.directory, record.vmcore), &record);
    }
  }

  RetentionPlan Plan() {
    for (std::size_t i = 0; i < input_.dumps.size(); ++i) AddDump(i);
    std::ranges::sort(plan_.decisions, std::greater(), [](const RetentionDecision& decision) {
      const Dump& dump = *decision.dump;
      return std::tuple(dump.crash_time, dump.mtime, std::string_view(dump.directory),
                        std::string_view(dump.vmcore));
    });
    KeepNewest();
    MaxAge();
    MaxBytes();
    MinFree();
    return std::move(plan_);
  }

 private:
  void AddDump(std::size_t i) {
    const Dump& dump = input_.dumps[i];
    RetentionDecision decision;
    decision.dump = &dump;
    const auto found = records_.find(Names(dump.directory, dump.vmcore));
    if (found != records_.end()) decision.record = found->second;
    const bool looked = i < input_.contents.size();
    decision.bytes = looked ? input_.contents[i].bytes : dump.bytes;
    std::tie(decision.reason, decision.why) =
        Protection(dump, decision.record, looked ? input_.contents[i] : kNotLookedAt);
    plan_.bytes += decision.bytes;
    plan_.decisions.push_back(std::move(decision));
  }

  // Why it stays, whatever the limits.
  [[nodiscard]] std::pair<RetentionReason, std::string> Protection(
      const Dump& dump, const CrashRecord* record, const DumpContents& contents) const {
    using enum RetentionReason;
    if (!input_.whole) return {kListIncomplete, "there are more dumps than are listed"};
    if (dump.state == DumpState::kWriting) return {kWriting, "it is being written"};
    const bool historic = dump.historic || (record != nullptr && record->historic);
    if (historic) return {kHistoric, "it was there before the first start"};
    if (record == nullptr) return {kNoRecord, "there is no record of it"};
    if (IsUnacknowledged(*record)) return {kNotAcknowledged, "nobody has acknowledged it"};
    if (!IsInspectionOver(*record)) return {kNotInspected, "it is not inspected yet"};
    if (record->mark != dump.mark || dump.mark == DumpMark{}) {
      return {kChanged, "it has changed since it was inspected"};
    }
    if (!contents.obstacle.empty()) return {kObstacle, contents.obstacle};
    if (input_.uploads != nullptr) {
      if (std::string missing = NotStored(*record, *input_.uploads); !missing.empty()) {
        return {kNotStored, std::move(missing)};
      }
    }
    if (contents.changed_at >= record->acknowledged_at) {
      return {kChanged, ChangedSince(contents.changed, *record)};
    }
    return {kWithinLimits, ""};
  }

  // It is beyond a limit: it goes, unless it is protected. True when it goes.
  bool Take(RetentionDecision& decision, RetentionReason reason, std::string why) {
    if (decision.remove) return false;
    if (decision.reason != RetentionReason::kWithinLimits) {
      if (decision.limit.empty()) decision.limit = std::move(why);
      return false;
    }
    decision.remove = true;
    decision.reason = reason;
    decision.why = std::move(why);
    plan_.removed_bytes += decision.bytes;
    return true;
  }

  void KeepNewest() {
    if (!policy_.keep_newest) return;
    std::uint64_t newer = 0;
    for (RetentionDecision& decision : plan_.decisions) {
      // An empty directory is what is left of one, or of a capture that failed.
      if (decision.dump->vmcore.empty() && decision.dump->log.empty()) continue;
      if (newer >= *policy_.keep_newest) {
        Take(decision, RetentionReason::kKeepNewest,
             Cat(newer, newer == 1 ? " dump is" : " dumps are", " newer; keep-newest is ",
                 *policy_.keep_newest));
      }
      ++newer;
    }
  }

  void MaxAge() {
    if (!policy_.max_age_seconds) return;
    for (RetentionDecision& decision : plan_.decisions) {
      const std::int64_t sealed = decision.record != nullptr ? decision.record->sealed_at : 0;
      const std::int64_t since = std::max({decision.dump->crash_time, sealed, std::int64_t{0}});
      if (since > input_.now || input_.now - since <= *policy_.max_age_seconds) continue;
      const auto age = static_cast<std::uint64_t>(input_.now - since);
      const auto most = static_cast<std::uint64_t>(*policy_.max_age_seconds);
      Take(decision, RetentionReason::kMaxAge,
           Cat("it is ", FormatSeconds(age), " old; max-age is ", FormatSeconds(most)));
    }
  }

  void MaxBytes() {
    if (!policy_.max_bytes) return;
    const std::uint64_t most = *policy_.max_bytes;
    const auto left = [this] { return plan_.bytes - plan_.removed_bytes; };
    for (RetentionDecision& oldest : std::views::reverse(plan_.decisions)) {
      if (left() <= most) return;
      Take(oldest, RetentionReason::kMaxBytes,
           Cat("the dumps take ", FormatBytes(left()), "; max-bytes is ", FormatBytes(most)));
    }
    if (left() <= most) return;
    plan_.unmet.push_back(
        Cat("the dumps still take ", FormatBytes(left()), "; max-bytes is ", FormatBytes(most)));
  }

  void MinFree() {
    if (!policy_.min_free_bytes) return;
    const std::uint64_t least = *policy_.min_free_bytes;
    if (!input_.free_bytes) {
      plan_.unmet.emplace_back("the free space is not known: min-free removes nothing");
      return;
    }
    const auto free = [this] { return *input_.free_bytes + plan_.removed_bytes; };
    for (RetentionDecision& oldest : std::views::reverse(plan_.decisions)) {
      if (free() >= least) return;
      Take(oldest, RetentionReason::kMinFree,
           Cat(FormatBytes(free()), " are free; min-free is ", FormatBytes(least)));
    }
    if (free() >= least) return;
    plan_.unmet.push_back(
        Cat(FormatBytes(free()), " would be free; min-free is ", FormatBytes(least)));
  }

  const RetentionPolicy& policy_;
  const RetentionInput& input_;
  std::map<Names, const CrashRecord*> records_;
  RetentionPlan plan_;
};

}  // namespace

std::string_view Name(RetentionReason reason) {
  return kReasonNames[std::min<std::size_t>(static_cast<std::size_t>(reason),
                                            kRetentionReasons - 1)];
}

RetentionPlan PlanRetention(const RetentionPolicy& policy, const RetentionInput& input) {
  return Planner(policy, input).Plan();
}

}  // namespace kdumpd
