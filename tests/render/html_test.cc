// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cctype>

#include "daemon/render/render.h"
#include "tests/render/sample_boots.h"

namespace kdumpd {
namespace {

std::size_t Count(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(PageHtml, SaysTheSameInTheSameOrder) {
  const std::string page = PageHtml(SampleState());
  std::size_t last = 0;
  for (const char* part : {"<!DOCTYPE html>",
                           "<title>NOT READY: node7</title>",
                           "<h1>NOT READY</h1>",
                           "<strong>node7</strong>: no capture kernel is loaded",
                           "<h2>Problems</h2>",
                           "<code>crash_kernel_loaded</code></h3>",
                           "<dt>/sys/kernel/kexec_crash_loaded</dt><dd class=\"value\">0</dd>",
                           "Fix: <code>systemctl restart kdump; journalctl -b -u kdump</code>",
                           "<code>service_unit</code></h3>",
                           "<h2>Numbers</h2>",
                           "256 MiB",
                           "dump size</span> 1 GiB (95 %: below 3 GiB), learned from 2 dumps",
                           "dump time</span> 48 s (95 %: below 3 min), boot and waits",
                           "<h2>Dumps in /var/crash: 2</h2>",
                           "truncated: end_marker_missing",
                           "complete, historic",
                           "<summary>Ignored by policy</summary>",
                           "<code>panic_timeout</code></td>",
                           "1 check passes, 1 does not apply",
                           "crash_reservation",
                           "target_free_space",
                           "kdumpd 0.1.0",
                           "</html>"}) {
    const std::size_t at = page.find(part, last);
    ASSERT_NE(at, std::string::npos) << part << " after " << page.substr(last, 80);
    last = at;
  }
}

// Every element that is opened is closed, in order; enough of a parser for what we write.
std::string Unbalanced(const std::string& page) {
  std::vector<std::string> open;
  for (auto at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    const bool closing = page[at + 1] == '/';
    std::string name;
    for (auto i = at + 1 + closing; std::isalnum(static_cast<unsigned char>(page[i])) != 0; ++i) {
      name += page[i];
    }
    if (page[at + 1] == '!' || name == "meta") continue;
    if (!closing) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return page.substr(at, 60);
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

TEST(PageHtml, IsWellFormedWhateverStandsInIt) {
  for (const State& state :
       {SampleState(), HostileState(), State{}, BootsState(), HostileBootsState()}) {
    EXPECT_EQ(Unbalanced(PageHtml(state)), "");
  }
}

TEST(PageHtml, NothingHostileBecomesMarkup) {
  const std::string page = PageHtml(HostileBootsState());
  EXPECT_EQ(Count(page, "<script"), 0U);
  EXPECT_EQ(page.find("alert('x')"), std::string::npos);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_GE(Count(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;\\x1b[2J"), 30U);
}

TEST(PageHtml, HowTheLastBootsEnded) {
  State state = BootsState();
  std::vector<BootRecord> boots = *state.boots;
  boots.resize(12, boots[2]);
  state.boots = std::make_shared<const std::vector<BootRecord>>(boots);
  std::string page = PageHtml(state);
  std::size_t last = 0;
  for (const char* part :
       {"<h2>Boots</h2>", "The boot before this one ended", "2026-11-22 06:58:23 UTC",
        "<strong class=\"bad\">missed</strong>",
        "did not take over <code>hop_failed</code>, confidence high.",
        "Capture failed</span> <code>hop_failed</code>", "a panic record of an armed kernel",
        "Fix: load the capture kernel again", "<th>Outcome</th>",
        "<td class=\"id\">20261122t065823z-0123456789abcdef</td>",
        "it crashed and its dump is whole (drill)", "<h2>Dumps in /var/crash: 2</h2>",
        "<a href=\"/api/v1/boots\">boots</a>"}) {
    const std::size_t at = page.find(part, last);
    ASSERT_NE(at, std::string::npos) << part << " after " << page.substr(last, 80);
    last = at;
  }
  EXPECT_EQ(Count(page, "</strong></td>"), 10U);
  state.boots_decided = false;
  page = PageHtml(state);
  EXPECT_EQ(Count(page, "How the boot before this one ended is not decided yet."), 1U);
  EXPECT_EQ(Count(page, "hop_failed"), 0U) << "of an earlier boot only the line in the table";
  state.boots = std::make_shared<const std::vector<BootRecord>>();
  EXPECT_EQ(Count(PageHtml(state), "Nothing is known so far of the boot before this one."), 1U);
  EXPECT_EQ(Count(PageHtml(SampleState()), "<h2>Boots"), 0U) << "nothing can be remembered";
}

TEST(PageHtml, WhatCameOfTheLastDrill) {
  State state = SampleState();
  state.drills = std::make_shared<const Drills>();
  EXPECT_EQ(Count(PageHtml(state), "<h2>Drill"), 0U) << "nobody wants one here";
  state.drill_enabled = true;
  EXPECT_EQ(Count(PageHtml(state), "<h2>Drill</h2>\n<p class=\"soft\">None is on record.</p>"), 1U);
  Drills drills = SampleDrills();
  state.drills = std::make_shared<const Drills>(drills);
  state.drill_enabled = false;
  EXPECT_EQ(Count(PageHtml(state),
                  "<strong class=\"good\">passed</strong>, the dump is whole, "
                  "written 48 s after the crash, armed again 3 min after the "
                  "crash.</p>\n<p>Due: "),
            1U)
      << PageHtml(state);
  drills.last->result = DrillResult::kFailed;
  drills.last->message = "the node crashed, and the dump is not whole";
  drills.last->back_seconds = 0;
  drills.pending = drills.last->intent;
  state.drills = std::make_shared<const Drills>(drills);
  const std::string page = PageHtml(state);
  EXPECT_EQ(Count(page,
                  "failed</strong>, the node crashed, and the dump is not whole, dump after "
                  "48 s.</p>"),
            1U);
  EXPECT_EQ(Count(page, "One is pending</strong>, requested <time"), 1U);
}

TEST(PageHtml, LoadsNothingAndRunsNothing) {
  const std::string page = PageHtml(SampleState());
  for (const char* part : {"<script", "src=", "<img", "<iframe", "<form", "@import", "url(",
                           "javascript:", "http:", "https:", "onclick=", "http-equiv"}) {
    EXPECT_EQ(Count(page, part), 0U) << part;
  }
}

}  // namespace
}  // namespace kdumpd
