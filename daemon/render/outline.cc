// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/outline.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <tuple>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kShownBytes = 2048;

std::vector<const Finding*> WithStatuses(const Readiness& readiness,
                                         std::initializer_list<Status> statuses) {
  std::vector<const Finding*> found;
  for (const Status status : statuses) {
    for (const Finding& finding : readiness.findings) {
      if (finding.status == status) found.push_back(&finding);
    }
  }
  return found;
}

}  // namespace

std::string Counted(std::size_t count, std::string_view one, std::string_view many) {
  return Cat(count, ' ', count == 1 ? one : many);
}

std::string Shown(std::string_view text) {
  std::string shown;
  for (const std::string_view piece : Split(text.substr(0, kShownBytes), '\\')) {
    shown += Printable(piece, 4 * kShownBytes);
    shown += '\\';
  }
  shown.pop_back();
  return text.size() > kShownBytes ? shown + "…" : shown;
}

std::string NodeName(const State& state) {
  return state.node.empty() ? "this node" : Shown(state.node);
}

std::string_view Headline(Verdict verdict) {
  constexpr std::array<std::string_view, kVerdicts> kHeadlines{"READY", "DEGRADED", "ARMING",
                                                               "NOT READY", "UNKNOWN"};
  return kHeadlines[static_cast<std::size_t>(verdict)];
}

std::string_view Label(Status status) {
  constexpr std::array<std::string_view, kStatuses> kLabels{"pass", "WARN", "FAIL", "UNKNOWN",
                                                            "n/a"};
  return kLabels[static_cast<std::size_t>(status)];
}

std::string_view YesNo(const std::optional<bool>& answer) {
  if (!answer) return "not known";
  return *answer ? "yes" : "no";
}

std::vector<const Finding*> Problems(const Readiness& readiness) {
  auto problems = WithStatuses(readiness, {Status::kFail, Status::kWarn, Status::kUnknown});
  std::erase_if(problems, [](const Finding* one) { return one->weight == Weight::kIgnore; });
  return problems;
}

std::vector<const Finding*> IgnoredProblems(const Readiness& readiness) {
  auto problems = WithStatuses(readiness, {Status::kFail, Status::kWarn, Status::kUnknown});
  std::erase_if(problems, [](const Finding* one) { return one->weight != Weight::kIgnore; });
  return problems;
}

std::vector<const Finding*> InOrder(const Readiness& readiness) {
  return WithStatuses(readiness, {Status::kPass, Status::kNotApplicable});
}

std::string InOrderCount(const Readiness& readiness) {
  const std::size_t pass = WithStatuses(readiness, {Status::kPass}).size();
  const std::size_t others = WithStatuses(readiness, {Status::kNotApplicable}).size();
  std::string text = Counted(pass, "check passes", "checks pass");
  if (others > 0) text += Cat(", ", Counted(others, "does not apply", "do not apply"));
  return text;
}

std::vector<Figure> Figures(const State& state) {
  const Numbers& numbers = state.readiness.numbers;
  std::vector<Figure> figures;
  const auto add = [&](std::string_view name, const std::optional<std::uint64_t>& bytes) {
    if (bytes) figures.push_back({std::string(name), FormatBytes(*bytes)});
  };
  add("memory", numbers.ram_bytes);
  add("reserved", numbers.reserved_bytes);
  add("requested", numbers.requested_bytes);
  // 0: the table begins above this much memory.
  if (numbers.recommended_bytes != 0) add("recommended", numbers.recommended_bytes);
  add("needed at least", numbers.estimated_bytes);
  if (state.facts.target_space.known()) add("target free", state.facts.target_space->free_bytes);
  return figures;
}

std::vector<Figure> Forecasts(const State& state) {
  const Numbers& numbers = state.readiness.numbers;
  std::vector<Figure> forecasts;
  const auto add = [&](std::string_view name, const std::optional<std::uint64_t>& p50,
                       const std::optional<std::uint64_t>& p95,
                       std::string (*format)(std::uint64_t), const std::string& method) {
    if (!p50 || !p95) return;
    forecasts.push_back({std::string(name),
                         Cat(format(*p50), " (95 %: below ", format(*p95), "), ", Shown(method))});
  };
  add("dump size", numbers.dump_p50_bytes, numbers.dump_p95_bytes, FormatBytes,
      numbers.dump_method);
  add("dump time", numbers.dump_p50_seconds, numbers.dump_p95_seconds, FormatSeconds,
      numbers.duration_method);
  return forecasts;
}

std::vector<const Dump*> NewestDumps(const Facts& facts) {
  std::vector<const Dump*> dumps;
  if (!facts.dumps.known()) return dumps;
  for (const Dump& dump : facts.dumps.value()) dumps.push_back(&dump);
  const std::size_t shown = std::min(dumps.size(), kDumpsShown);
  std::ranges::partial_sort(
      dumps, dumps.begin() + static_cast<std::ptrdiff_t>(shown), [](const Dump* a, const Dump* b) {
        return std::tie(b->crash_time, a->directory) < std::tie(a->crash_time, b->directory);
      });
  dumps.resize(shown);
  return dumps;
}

std::string DumpsHeading(const Facts& facts) {
  const auto& dumps = facts.dumps;
  if (dumps.unreadable()) {
    const std::string where = dumps.source().empty() ? "" : dumps.source() + ": ";
    return Shown(Cat("Dumps: not known (", where, dumps.why(), ')'));
  }
  if (dumps.absent()) return Shown(Cat("Dumps: none on this node (", dumps.source(), ')'));
  const std::size_t count = dumps->size();
  const std::string number =
      count == 0 ? "none"
                 : Cat(count, facts.dumps_clipped || facts.dumps_partial ? " or more" : "");
  const std::string newest = count > kDumpsShown ? Cat(", the newest ", kDumpsShown) : "";
  return Shown(Cat("Dumps in ", dumps.source(), ": ", number, newest));
}

std::string DumpPath(const Dump& dump) {
  const std::string& file = dump.main();
  const std::string_view slash = dump.directory.empty() || file.empty() ? "" : "/";
  return Cat(Printable(dump.directory, 1024), slash, Printable(file, 1024));
}

std::string DumpJudgement(const Dump& dump) {
  // Why a dump counts as complete is of no use at three in the morning.
  const bool explained = dump.state != DumpState::kComplete && !dump.reason.empty();
  return Cat(Name(dump.state), explained ? Cat(": ", Shown(dump.reason)) : "",
             dump.historic ? ", historic" : "", IsSelfTest(dump.directory) ? ", self test" : "");
}

}  // namespace kdumpd
