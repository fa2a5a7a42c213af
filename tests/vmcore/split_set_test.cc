// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "daemon/vmcore/container.h"
#include "tests/support/dump_maker.h"
#include "tests/support/memory_bytes.h"

namespace kdumpd {
namespace {

Machine SomeMachine() {
  Machine machine = BareMachine("x86_64");
  machine.pages.clear();
  for (std::uint64_t pfn = 0; pfn < 30; ++pfn) {
    std::string page(4096, '\0');
    for (std::size_t at = 0; pfn % 7 != 3 && at < page.size(); ++at) {
      page[at] = static_cast<char>(at * pfn / 5 % 13 + 1);
    }
    machine.pages[pfn] = std::move(page);
  }
  return machine;
}

// A set, opened, with what it reads from.
struct Set {
  explicit Set(const std::vector<std::string>& files) {
    std::vector<const ByteSource*> sources;
    for (const std::string& file : files) {
      bytes.push_back(std::make_unique<MemoryBytes>(file));
      sources.push_back(bytes.back().get());
    }
    opened = OpenSplitSet(sources);
  }
  [[nodiscard]] std::string Shown(CheckLevel level) const {
    const Wholeness wholeness = opened ? (*opened)->Check(level, {}) : opened.error();
    return std::string(Name(wholeness.state)) + " " + wholeness.reason;
  }
  [[nodiscard]] std::uint64_t Parts() const { return (*opened)->facts().split->parts; }

  std::vector<std::unique_ptr<MemoryBytes>> bytes;
  Opened opened = std::unexpected(Wholeness{});
};

void ExpectPages(const Set& set, const Machine& machine) {
  std::string all(30UL * 4096, '?'), expected;
  for (const auto& [pfn, page] : machine.pages) expected += page;
  const auto read = (*set.opened)->ReadPhysical(0, std::as_writable_bytes(std::span(all)));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(all, expected);
}

TEST(SplitSetTest, WholeInAnyOrder) {
  const Machine machine = SomeMachine();
  for (const int version : {2, 5, 6}) {
    const auto parts = SplitSet(machine, 3, {.header_version = version});
    for (const auto& order : std::vector<std::vector<std::size_t>>{{0, 1, 2}, {2, 0, 1}}) {
      const Set set({parts[order[0]], parts[order[1]], parts[order[2]]});
      ASSERT_TRUE(set.opened);
      EXPECT_EQ((*set.opened)->facts().split, (SplitRange{0, 30, 3}));
      EXPECT_EQ(set.Shown(CheckLevel::kHeaders), "complete headers_checked");
      EXPECT_EQ(set.Shown(CheckLevel::kCheap), "complete data_end_checked");
      EXPECT_EQ(set.Shown(CheckLevel::kSampled), "complete pages_sampled");
      const Wholeness all = (*set.opened)->Check(CheckLevel::kPages, {});
      EXPECT_EQ(all.reason, "pages_checked");
      EXPECT_EQ(all.pages, 30U);
      EXPECT_EQ(all.pages_checked, 30U);
      ExpectPages(set, machine);
    }
  }
}

TEST(SplitSetTest, PartsThatAreMissing) {
  const auto parts = SplitSet(SomeMachine(), 3);
  struct Row {
    std::vector<std::string> files;
    SplitRange range;
  };
  const Row rows[] = {
      {{parts[0]}, {0, 10, 1}},           {{parts[1]}, {10, 20, 1}},
      {{parts[2]}, {20, 30, 1}},          {{parts[0], parts[1]}, {0, 20, 2}},
      {{parts[2], parts[0]}, {0, 30, 2}}, {{parts[1], parts[1], parts[2]}, {10, 30, 2}}};
  for (const auto& row : rows) {
    const Set set(row.files);
    ASSERT_TRUE(set.opened);
    EXPECT_EQ((*set.opened)->facts().split, row.range);
    for (const CheckLevel level : {CheckLevel::kHeaders, CheckLevel::kCheap, CheckLevel::kPages}) {
      EXPECT_EQ(set.Shown(level), "incomplete split_parts_missing") << row.range.start_pfn;
    }
  }
  const Set set({parts[2], parts[0]});
  std::byte byte{};
  EXPECT_TRUE((*set.opened)->ReadPhysical(9 * 4096, std::span(&byte, 1)));
  const auto missing = (*set.opened)->ReadPhysical(10 * 4096, std::span(&byte, 1));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  std::vector<std::byte> across(8192);
  EXPECT_FALSE((*set.opened)->ReadPhysical(9 * 4096, across));
  EXPECT_FALSE((*set.opened)->ReadPhysical(~0ULL - 4095, across));
}

TEST(SplitSetTest, APartThatCoversEverything) {
  const Machine machine = SomeMachine();
  const auto parts = SplitSet(machine, 1);
  const Set alone({parts[0]});
  EXPECT_EQ(alone.Shown(CheckLevel::kPages), "complete pages_checked");
  // makedumpfile also writes parts without any page frame.
  const std::string nothing = KdumpDump(machine, {.split = SplitRange{30, 30, 1}});
  const Set more({nothing, parts[0], nothing});
  EXPECT_EQ(more.Parts(), 3U);
  EXPECT_EQ(more.Shown(CheckLevel::kPages), "complete pages_checked");
  ExpectPages(more, machine);
  EXPECT_EQ(Set({nothing}).Shown(CheckLevel::kCheap), "incomplete split_parts_missing");
}

TEST(SplitSetTest, WhatDoesNotBelongIsLeftOut) {
  const Machine machine = SomeMachine();
  const auto parts = SplitSet(machine, 2);
  const auto second_of = [](const Machine& other, const KdumpOptions& options = {}) {
    return SplitSet(other, 2, options)[1];
  };
  Machine node = machine, time = machine, release = machine, size = machine;
  node.node = "node2";
  time.crash_time += 1;
  release.release += "x";
  size.pages[30] = size.pages[1];
  const std::string strangers[] = {
      second_of(node),
      second_of(time),
      second_of(release),
      second_of(size),
      KdumpDump(machine),                                    // no part
      parts[0],                                              // once more
      KdumpDump(machine, {.split = SplitRange{14, 30, 1}}),  // overlaps
      "KDUMP   ",
      ""};
  for (const std::string& stranger : strangers) {
    const Set set({parts[0], stranger});
    ASSERT_TRUE(set.opened);
    EXPECT_EQ(set.Parts(), 1U);
    EXPECT_EQ(set.Shown(CheckLevel::kCheap), "incomplete split_parts_missing");
    const Set whole({parts[0], stranger, parts[1]});
    EXPECT_EQ(whole.Parts(), 2U);
    EXPECT_EQ(whole.Shown(CheckLevel::kCheap), "complete data_end_checked");
  }
  EXPECT_EQ(Set({parts[0], second_of(machine, {.codec = "lzo"})}).Parts(), 2U);
}

TEST(SplitSetTest, WhatIsWrongWithAPart) {
  const auto parts = SplitSet(SomeMachine(), 2);
  const std::string cut = parts[1].substr(0, parts[1].size() - 1);
  EXPECT_EQ(Set({parts[0], cut}).Shown(CheckLevel::kCheap), "truncated data_cut");
  EXPECT_EQ(Set({cut}).Shown(CheckLevel::kCheap), "truncated data_cut");
  const std::string flagged = SplitSet(SomeMachine(), 2, {.incomplete = true})[1];
  EXPECT_EQ(Set({parts[0], flagged}).Shown(CheckLevel::kHeaders), "incomplete incomplete_flag");
  const Set set({parts[0], cut});
  const Wholeness wholeness = (*set.opened)->Check(CheckLevel::kCheap, {});
  EXPECT_TRUE(wholeness.detail.starts_with("part of page frames 15 to 30: ")) << wholeness.detail;
}

TEST(SplitSetTest, StopsWhenTold) {
  const auto parts = SplitSet(SomeMachine(), 2);
  const auto stop = [](auto, auto) { return false; };
  EXPECT_EQ((*Set({parts[0], parts[1]}).opened)->Check(CheckLevel::kCheap, stop).reason, "budget");
  EXPECT_EQ((*Set({parts[0]}).opened)->Check(CheckLevel::kCheap, stop).reason,
            "split_parts_missing");
}

TEST(SplitSetTest, NoPart) {
  const std::string whole = KdumpDump(SomeMachine());
  const Set set({whole, whole});
  ASSERT_TRUE(set.opened);
  EXPECT_FALSE((*set.opened)->facts().split);
  EXPECT_EQ(set.Shown(CheckLevel::kPages), "complete pages_checked");
  EXPECT_EQ(Set({whole.substr(0, 100), whole}).Shown(CheckLevel::kCheap), "truncated header_cut");
  EXPECT_EQ(Set(std::vector<std::string>{}).Shown(CheckLevel::kCheap), "truncated empty");
}

}  // namespace
}  // namespace kdumpd
