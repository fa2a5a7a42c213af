// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "daemon/core/text.h"
#include "daemon/render/html_boots.h"
#include "daemon/render/html_values.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--back:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--pane:#f6f8fa;
--good:#116329;--warn:#7d4e00;--bad:#a40e26;--dim:#6639ba}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#30363d;
--pane:#161b22;--good:#3fb950;--warn:#d29922;--bad:#ff7b72;--dim:#bc8cff}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{margin:0;font-size:1.75rem;line-height:1.25}
h2{margin:2rem 0 .75rem;font-size:1.125rem}
h3{margin:0;font-size:1rem}
p{margin:.35rem 0}
.soft{color:var(--soft)}
.top{border-left:.5rem solid;padding:.25rem 0 .25rem 1rem}
.top p{color:var(--ink)}.top p.soft{color:var(--soft)}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.dim{color:var(--dim)}
article{border:1px solid var(--line);border-radius:.4rem;background:var(--pane);
padding:.75rem 1rem;margin:.75rem 0}
code,td.path,td.id,dd.value{font:.875rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:fit-content(45%) 1fr;gap:.15rem 1rem;margin:.5rem 0}
dt{color:var(--soft);overflow-wrap:anywhere}dd{margin:0}
.figures{display:flex;flex-wrap:wrap;gap:.5rem 2rem}.figures dd{font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem 1rem .3rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft)}
td.path,td.how{min-width:16rem}td.id{white-space:nowrap}
td.number,th.number{text-align:right;white-space:nowrap}td.time{white-space:nowrap}
summary{cursor:pointer;font-weight:600}details{margin-top:2rem}
footer{margin-top:2.5rem;color:var(--soft);font-size:.875rem}a{color:inherit}
)";

constexpr std::array<std::string_view, kVerdicts> kVerdictClasses{"good", "warn", "warn", "bad",
                                                                  "dim"};
constexpr std::array<std::string_view, kStatuses> kStatusClasses{"good", "warn", "bad", "dim",
                                                                 "soft"};

std::string StatusHtml(const Finding& finding) {
  return Cat("<span class=\"", kStatusClasses[static_cast<std::size_t>(finding.status)], "\">",
             Label(finding.status), "</span>");
}

std::string TopHtml(const State& state) {
  const Readiness& readiness = state.readiness;
  const std::string_view look = kVerdictClasses[static_cast<std::size_t>(readiness.verdict)];
  const std::string because =
      readiness.reason.empty() ? "" : Cat(" <code>", Escaped(readiness.reason), "</code>");
  return Cat("<header class=\"top ", look, "\">\n<h1>", Headline(readiness.verdict),
             "</h1>\n<p><strong>", Escaped(NodeName(state)),
             "</strong>: ", Escaped(readiness.message), because,
             "</p>\n<p class=\"soft\">Armed: ", YesNo(readiness.armed),
             ". After the next start: ", YesNo(readiness.configured), ". Seen ",
             TimeHtml(state.now), ".</p>\n</header>\n");
}

std::string ProblemHtml(const Finding& finding) {
  std::string out = Cat("<article>\n<h3>", StatusHtml(finding), " <code>", Escaped(finding.id),
                        "</code></h3>\n<p>", Escaped(finding.message), "</p>\n<p class=\"soft\">",
                        Escaped(finding.why), "</p>\n");
  if (!finding.evidence.empty()) out += "<dl>";
  for (const Evidence& one : finding.evidence) {
    out +=
        Cat("<dt>", Escaped(one.source), "</dt><dd class=\"value\">", Escaped(one.value), "</dd>");
  }
  if (!finding.evidence.empty()) out += "</dl>\n";
  for (const std::string_view line : Lines(finding.remedy)) {
    out += Cat("<p>Fix: <code>", Escaped(line), "</code></p>\n");
  }
  return out + "</article>\n";
}

std::string ProblemsHtml(const Readiness& readiness) {
  const auto problems = Problems(readiness);
  if (problems.empty()) return "";
  std::string out = "<section>\n<h2>Problems</h2>\n";
  for (const Finding* finding : problems) out += ProblemHtml(*finding);
  return out + "</section>\n";
}

std::string FiguresHtml(const State& state) {
  const auto figures = Figures(state);
  const auto forecasts = Forecasts(state);
  if (figures.empty() && forecasts.empty()) return "";
  std::string out = "<section>\n<h2>Numbers</h2>\n<dl class=\"figures\">";
  for (const Figure& figure : figures) {
    out +=
        Cat("<div><dt>", Escaped(figure.name), "</dt><dd>", Escaped(figure.value), "</dd></div>");
  }
  out += "</dl>\n";
  for (const Figure& forecast : forecasts) {
    const std::string name = Escaped(forecast.name);
    out += Cat("<p><span class=\"soft\">", name, "</span> ", Escaped(forecast.value), "</p>\n");
  }
  return out + "</section>\n";
}

std::string DumpsHtml(const Facts& facts) {
  std::string out = Cat("<section>\n<h2>", Escaped(DumpsHeading(facts)), "</h2>\n");
  const auto dumps = NewestDumps(facts);
  if (dumps.empty()) return out + "</section>\n";
  out +=
      "<div class=\"scroll\"><table>\n<tr><th>Crash</th><th class=\"number\">Size</th><th>File</th>"
      "<th>State</th></tr>\n";
  for (const Dump* dump : dumps) {
    out += Cat("<tr><td class=\"time\">", TimeHtml(dump->crash_time), "</td><td class=\"number\">",
               FormatBytes(dump->bytes), "</td><td class=\"path\">", Escaped(DumpPath(*dump)),
               "</td><td>", Escaped(DumpJudgement(*dump)), "</td></tr>\n");
  }
  return out + "</table></div>\n</section>\n";
}

std::string FoldedHtml(const std::string& summary, const std::vector<const Finding*>& findings) {
  if (findings.empty()) return "";
  std::string out =
      Cat("<details>\n<summary>", summary, "</summary>\n<div class=\"scroll\"><table>\n");
  for (const Finding* finding : findings) {
    out += Cat("<tr><td>", StatusHtml(*finding), "</td><td><code>", Escaped(finding->id),
               "</code></td><td>", Escaped(finding->message), "</td></tr>\n");
  }
  return out + "</table></div>\n</details>\n";
}

}  // namespace

std::string PageHtml(const State& state) {
  return Cat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      Headline(state.readiness.verdict), ": ", Escaped(NodeName(state)), "</title>\n<style>",
      kStyle, "</style>\n</head>\n<body>\n<main>\n", TopHtml(state), ProblemsHtml(state.readiness),
      FiguresHtml(state), BootsHtml(state), DumpsHtml(state.facts),
      FoldedHtml("Ignored by policy", IgnoredProblems(state.readiness)),
      FoldedHtml(InOrderCount(state.readiness), InOrder(state.readiness)), "<footer>\n<p>kdumpd ",
      Escaped(state.version),
      " · <a href=\"/api/v1/readiness\">readiness</a> · <a href=\"/api/v1/crashes\">crashes</a> · "
      "<a href=\"/api/v1/boots\">boots</a> · <a href=\"/api/v1/status\">status</a> · <a "
      "href=\"/metrics\">metrics</a></p>\n"
      "</footer>\n</main>\n</body>\n</html>\n");
}

}  // namespace kdumpd
