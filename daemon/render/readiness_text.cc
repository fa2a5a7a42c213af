// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "daemon/core/text.h"
#include "daemon/render/colours.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kVerdicts> kVerdictColours{kGreen, kYellow, kYellow, kRed,
                                                                  kMagenta};
constexpr std::array<std::string_view, kStatuses> kStatusColours{kGreen, kYellow, kRed, kMagenta,
                                                                 kGrey};

template <class Enum, std::size_t N>
std::string Coloured(std::string_view text, Enum value,
                     const std::array<std::string_view, N>& colours, bool colour) {
  return kdumpd::Coloured(text, colours[static_cast<std::size_t>(value)], colour);
}

std::string Padding(std::size_t used, std::size_t width) {
  return std::string(width > used ? width - used : 1, ' ');
}

// A remedy may be several lines.
std::string Indented(std::string_view first, std::string_view text, std::size_t width) {
  std::string out;
  std::string_view label = first;
  for (const std::string_view line : Lines(text)) {
    out += Cat(std::string(width, ' '), label, Shown(line), '\n');
    label = "     ";
  }
  return out;
}

constexpr std::size_t kStatusWidth = 9;  // "UNKNOWN" and two blanks
constexpr std::size_t kIdWidth = 30;     // the longest id and two blanks

std::string FindingLine(const Finding& finding, bool colour) {
  const std::string_view label = Label(finding.status);
  return Cat("  ", Coloured(label, finding.status, kStatusColours, colour),
             Padding(label.size(), kStatusWidth), finding.id, Padding(finding.id.size(), kIdWidth),
             Shown(finding.message), '\n');
}

std::string EvidenceLines(const Finding& finding, std::size_t width) {
  std::string out;
  for (const Evidence& one : finding.evidence) {
    out += Cat(std::string(width, ' '), Shown(one.source), " = ", Shown(one.value), '\n');
  }
  return out;
}

std::string VerdictLines(const State& state, bool colour) {
  const Readiness& readiness = state.readiness;
  const std::string because =
      readiness.reason.empty() ? "" : Cat(" (", Shown(readiness.reason), ')');
  return Cat(Coloured(Headline(readiness.verdict), readiness.verdict, kVerdictColours, colour),
             "  ", NodeName(state), ": ", Shown(readiness.message), because, '\n',
             "armed: ", YesNo(readiness.armed),
             ", after the next start: ", YesNo(readiness.configured), ", seen ", Rfc3339(state.now),
             '\n');
}

std::string ProblemLines(const Readiness& readiness, bool colour) {
  std::string out;
  for (const Finding* finding : Problems(readiness)) {
    out += Cat('\n', FindingLine(*finding, colour), EvidenceLines(*finding, kStatusWidth + 2),
               Indented("fix: ", finding->remedy, kStatusWidth + 2));
  }
  return out;
}

// One line each: how they are fixed is of interest to those who ask.
std::string IgnoredLines(const Readiness& readiness, bool colour) {
  std::string out;
  for (const Finding* finding : IgnoredProblems(readiness)) {
    if (out.empty()) out = "\nIgnored by policy, more with --explain:\n";
    out += FindingLine(*finding, colour);
  }
  return out;
}

std::string NumberLines(const State& state) {
  std::string out;
  for (const Figure& figure : Figures(state)) {
    out += Cat(out.empty() ? "\n" : ", ", figure.name, ' ', figure.value);
  }
  if (!out.empty()) out += '\n';
  for (const Figure& forecast : Forecasts(state)) {
    out += Cat(out.empty() ? "\n" : "", forecast.name, ": ", forecast.value, '\n');
  }
  return out;
}

std::string DumpLines(const Facts& facts) {
  std::string out = Cat('\n', DumpsHeading(facts), '\n');
  for (const Dump* dump : NewestDumps(facts)) {
    const std::string size = FormatBytes(dump->bytes);
    out += Cat("  ", Rfc3339(dump->crash_time), Padding(size.size(), 11), size, "  ",
               DumpPath(*dump), "  ", DumpJudgement(*dump), '\n');
  }
  return out;
}

}  // namespace

std::string ReadinessText(const State& state, const TextOptions& options) {
  std::string out = VerdictLines(state, options.colour);
  out += ProblemLines(state.readiness, options.colour);
  out += IgnoredLines(state.readiness, options.colour);
  out += NumberLines(state);
  out += DumpLines(state.facts);
  out += Cat('\n', InOrderCount(state.readiness), '\n');
  if (!options.all) return out;
  for (const Finding* finding : InOrder(state.readiness)) {
    out += FindingLine(*finding, options.colour);
  }
  return out;
}

std::string ExplainText(const State& state, std::string_view id) {
  const auto& findings = state.readiness.findings;
  const auto found = std::ranges::find(findings, id, &Finding::id);
  if (found == findings.end()) return "";
  const Finding& finding = *found;
  std::string out =
      Cat(finding.id, ": ", Label(finding.status), ", ", Shown(finding.message), '\n');
  out += Cat("reason: ", Shown(finding.reason), "; counts for: ", Name(finding.scope),
             "; policy: ", Name(finding.weight), '\n');
  if (!finding.evidence.empty()) out += Cat("\nWhat was read\n", EvidenceLines(finding, 2));
  out += Cat("\nWhy it matters\n  ", finding.why, '\n');
  if (!finding.remedy.empty()) out += Cat("\nHow to fix it\n", Indented("", finding.remedy, 2));
  if (!finding.rule.empty()) out += Cat("\nWhere the rule comes from\n  ", finding.rule, '\n');
  return out + Cat("\nMore: ", finding.docs, '\n');
}

}  // namespace kdumpd
