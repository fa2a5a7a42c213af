// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/drill_text.h"

#include <algorithm>
#include <optional>

#include "daemon/core/text.h"
#include "daemon/render/colours.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

std::string Row(std::string_view label, std::string_view value) {
  constexpr std::size_t kLabelWidth = 12;
  if (value.empty()) return "";
  return Cat("  ", label, std::string(kLabelWidth - label.size(), ' '), value, '\n');
}

std::string_view ColourOf(DrillResult result) {
  switch (result) {
    case DrillResult::kPassed:
      return kGreen;
    case DrillResult::kFailed:
      return kRed;
    case DrillResult::kUnverified:
    case DrillResult::kCancelled:
      break;
  }
  return kYellow;
}

std::string Headline(const DrillAnswer& answer, bool colour) {
  const auto& last = answer.drills.last;
  if (answer.drills.pending) return Coloured("a drill is pending", kYellow, colour);
  if (!last) return "no drill on record";
  return Cat("the last drill ", last->result == DrillResult::kPassed ? "" : "is ",
             Coloured(Name(last->result), ColourOf(last->result), colour), ": ",
             Shown(last->message));
}

std::string PendingRow(const DrillIntent& intent) {
  const std::string crash =
      intent.crash_at == 0 ? "" : Cat(", crash asked for ", Rfc3339(intent.crash_at));
  return Cat(Shown(intent.id), ", requested ", Rfc3339(intent.requested_at), crash);
}

std::string ResultRow(const DrillRecord& record) {
  return Cat(Rfc3339(record.crash_time > 0 ? record.crash_time : record.intent.requested_at), ", ",
             Name(record.result), " (", Shown(record.reason), "), drill ", Shown(record.intent.id));
}

std::string TimesRow(const DrillRecord& record) {
  const auto seconds = [](std::int64_t count, std::string_view what) {
    return count <= 0 ? "" : Cat(what, ' ', FormatSeconds(static_cast<std::uint64_t>(count)));
  };
  const std::string dump = seconds(record.dump_seconds, "dump after");
  const std::string back = seconds(record.back_seconds, "armed again after");
  return Cat(dump, dump.empty() || back.empty() ? "" : ", ", back);
}

std::string KdumpctlRow(const Fact<KdumpTestMark>& test) {
  if (!test.known()) return "";
  const std::int64_t when = test->test_time != 0 ? test->test_time : test->written_at;
  return Cat(Name(test->status), ", ", Rfc3339(when));
}

std::string Lines(const std::vector<DrillRefusal>& refusals, bool hard, bool colour) {
  std::string text;
  for (const DrillRefusal& refusal : refusals) {
    if (refusal.hard != hard) continue;
    text += Cat("  ", Coloured(refusal.reason, hard ? kRed : kYellow, colour), ": ",
                Shown(refusal.message), '\n');
    if (!refusal.remedy.empty()) text += Cat("    -> ", Shown(refusal.remedy), '\n');
  }
  return text;
}

}  // namespace

bool MayStart(const std::vector<DrillRefusal>& refusals, bool force) {
  return force ? std::ranges::none_of(refusals, &DrillRefusal::hard) : refusals.empty();
}

std::string DueText(std::string_view due) {
  if (due == "never") return "yes: none has passed on this node";
  if (due == "changed") {
    return "yes: kernel, initramfs, configuration or reservation changed since the last pass";
  }
  return due == kDueUnknown ? "cannot be told" : "no";
}

std::string DrillStatusText(const State& state, const DrillAnswer& answer, bool colour) {
  const Drills& drills = answer.drills;
  std::string text = Cat(NodeName(state), ": ", Headline(answer, colour), '\n');
  if (drills.pending) text += Row("pending", PendingRow(*drills.pending));
  if (drills.last) {
    text += Cat(Row("last", ResultRow(*drills.last)), Row("times", TimesRow(*drills.last)),
                Row("crash", Shown(drills.last->crash_id)));
  }
  if (drills.last_pass && drills.last_pass != drills.last) {
    text += Row("last pass", ResultRow(*drills.last_pass));
  }
  return Cat(text, Row("kdumpctl", KdumpctlRow(state.facts.kdump_test)),
             Row("due", DueText(answer.due)));
}

std::string DrillRefusedText(const State& state, const DrillAnswer& answer, bool colour) {
  const std::string hard = Lines(answer.refusals, true, colour);
  const std::string soft = Lines(answer.refusals, false, colour);
  std::string text = Cat(NodeName(state), ": no drill, because\n", hard);
  if (!soft.empty()) text += Cat(hard.empty() ? "" : "and, unless --force:\n", soft);
  if (hard.empty()) text += "--force starts it all the same\n";
  return text;
}

}  // namespace kdumpd
