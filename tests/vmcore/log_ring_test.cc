// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/core/text.h"
#include "tests/support/log_maker.h"
#include "tests/support/log_memory.h"

namespace kdumpd {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t kBase = 0xffffffff81000000;
constexpr Endian kOrders[] = {Endian::kLittle, Endian::kBig};

LogLine Line(std::uint64_t n, std::size_t padding = 0) {
  return {Cat("line ", n, std::string(padding, '.')), n * 1'000'000};
}
std::vector<LogLine> LinesOf(std::uint64_t count, std::size_t padding = 0) {
  std::vector<LogLine> lines;
  for (std::uint64_t n = 0; n < count; ++n) lines.push_back(Line(n, padding));
  return lines;
}
LogMemory Memory(LogImage image, Endian endian = Endian::kLittle) {
  LogMemory memory;
  memory.image = std::move(image);
  memory.endian = endian;
  return memory;
}
std::string Joined(const KernelLog& log) {
  std::string out;
  for (const auto& record : log.records) out += Cat(out.empty() ? "" : "|", record.text);
  return out;
}
// Whether the log is whole: the newest lines, each one, with their own numbers.
void ExpectNewest(const KernelLog& log, const std::vector<LogLine>& lines) {
  ASSERT_LE(log.records.size(), lines.size());
  const std::uint64_t first = lines.size() - log.records.size();
  for (std::size_t i = 0; i < log.records.size(); ++i) {
    ASSERT_EQ(log.records[i].text, lines[first + i].text);
    ASSERT_EQ(log.records[i].sequence, first + i);
    ASSERT_EQ(log.records[i].nanoseconds, lines[first + i].nanoseconds);
  }
  EXPECT_EQ(log.facts.records, log.records.size());
  EXPECT_EQ(log.facts.lost, 0U);
  EXPECT_EQ(log.facts.reason, "");
  if (!log.records.empty()) {
    EXPECT_EQ(log.facts.first_sequence, first);
  }
}

TEST(LogRing, EveryFieldInBothByteOrders) {
  for (const Endian endian : kOrders) {
    const std::vector<LogLine> lines = {{"Linux version 6.1", 0, 0, 5},
                                        {"Kernel panic - not syncing", 5'924'778'999, 0, 0},
                                        {"a user's", 6'000'000'000, 3, 7}};
    const KernelLog log = Memory(MakeLogRing(lines, kBase, endian), endian).Read();
    ASSERT_EQ(log.records.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(log.records[i].facility, lines[i].facility);
      EXPECT_EQ(log.records[i].level, lines[i].level);
    }
    ExpectNewest(log, lines);
    EXPECT_EQ(log.facts.kind, "ring");
    EXPECT_EQ(log.facts.dropped_older, 0U);
    EXPECT_EQ(log.facts.uptime_us, 5'924'778U) << "of the kernel's own newest record";
  }
}

// Each number of lines, so that the end of the ring falls into every place: text and ids wrap, and
// the very first time round the upper bits overflow.
TEST(LogRing, NothingIsLostWhereItWraps) {
  for (const Endian endian : kOrders) {
    for (const bool to_the_end : {false, true}) {
      LogRing ring(kBase, endian, 9, 5, to_the_end);
      std::vector<LogLine> lines;
      for (std::uint64_t n = 0; n < 200; ++n) {
        lines.push_back(Line(n, n * 7 % 31));
        ASSERT_TRUE(ring.Add(lines.back()));
        const KernelLog log = Memory(ring.Image(), endian).Read();
        ExpectNewest(log, lines);
        ASSERT_GE(log.records.size(), std::min<std::size_t>(n + 1, 6)) << n;
      }
    }
  }
}

TEST(LogRing, IdsWrapBeforeTextDoes) {
  LogRing ring(kBase, Endian::kLittle, 17, 4);
  std::vector<LogLine> lines;
  for (std::uint64_t n = 0; n < 100; ++n) {
    lines.push_back(Line(n));
    ring.Add(lines.back());
    const KernelLog log = Memory(ring.Image()).Read();
    ExpectNewest(log, lines);
    ASSERT_EQ(log.records.size(), std::min<std::uint64_t>(n + 1, 16));
  }
}

TEST(LogRing, ABlockMayEndWhereTheRingDoes) {
  // 64 bytes each: id, 55 bytes of text and what ends it. Eight of them fill the ring exactly.
  for (const bool to_the_end : {false, true}) {
    LogRing ring(kBase, Endian::kLittle, 9, 5, to_the_end);
    for (int n = 0; n < 8; ++n) ring.Add({std::string(55, static_cast<char>('a' + n))});
    const KernelLog log = Memory(ring.Image()).Read();
    // An older kernel puts the last one at the start of the ring, over the first.
    EXPECT_EQ(log.records.size(), to_the_end ? 8U : 7U);
    EXPECT_EQ(log.records.back().text, std::string(55, 'h'));
    EXPECT_EQ(log.facts.lost, 0U);
  }
}

TEST(LogRing, RecordsWithoutText) {
  const std::vector<LogLine> lines = {Line(0),
                                      {""},  // printk("\n"): makedumpfile leaves it out as well
                                      Line(2),
                                      {"no room", 0, 0, 6, LogFate::kFailed},
                                      Line(4),
                                      {"half", 0, 0, 6, LogFate::kReserved},
                                      {"may go on", 0, 0, 6, LogFate::kCommitted},
                                      {"never written", 0, 0, 6, LogFate::kReserved}};
  const KernelLog log = Memory(MakeLogRing(lines, kBase, Endian::kLittle)).Read();
  EXPECT_EQ(Joined(log), "line 0|line 2|line 4|may go on");
  EXPECT_EQ(log.facts.lost, 2U) << "no room, half; the last one is not between kept ones";
  EXPECT_EQ(log.facts.reason, "");
}

// Ids of 30 bits and positions of 32, laid out by hand: the second record had no room before the
// end of 32 bytes of text and lies at their start, where positions overflow.
TEST(LogRing, AKernelOf32Bits) {
  constexpr std::uint64_t kRing = 0xc1000000, kDescs = kRing + 0x100, kInfos = kRing + 0x200;
  constexpr std::uint64_t kText = kRing + 0x400, kHead = 0x3ffffffe;
  LogMemory memory = Memory({LogRing(kRing, Endian::kLittle, 5, 2).Image().vmcoreinfo,
                             {{kRing, std::string(0x420, '\0')}}});
  memory.word_bytes = 4;
  for (const auto& [key, value] : {std::pair{"SIZE(printk_ringbuffer)", "44"},
                                   {"OFFSET(printk_ringbuffer.text_data_ring)", "24"},
                                   {"SIZE(prb_desc_ring)", "24"},
                                   {"OFFSET(prb_desc_ring.descs)", "4"},
                                   {"OFFSET(prb_desc_ring.infos)", "8"},
                                   {"OFFSET(prb_desc_ring.head_id)", "12"},
                                   {"OFFSET(prb_desc_ring.tail_id)", "16"},
                                   {"SIZE(prb_data_ring)", "16"},
                                   {"OFFSET(prb_data_ring.data)", "4"},
                                   {"SIZE(prb_desc)", "12"},
                                   {"OFFSET(prb_desc.text_blk_lpos)", "4"},
                                   {"SIZE(prb_data_blk_lpos)", "8"},
                                   {"OFFSET(prb_data_blk_lpos.next)", "4"}}) {
    memory.SetKey(key, value);
  }
  const std::pair<std::uint64_t, std::uint64_t> words[] = {
      {kRing, kRing + 16},    {kRing + 16, 2},     {kRing + 20, kDescs},
      {kRing + 24, kInfos},   {kRing + 28, kHead}, {kRing + 32, kHead - 2},
      {kRing + 40, 5},        {kRing + 44, kText}, {kDescs + 12, 0xc0000000 | (kHead - 1)},
      {kDescs + 16, ~31U},    {kDescs + 20, ~15U}, {kDescs + 24, 0x80000000 | kHead},
      {kDescs + 28, ~15U},    {kDescs + 32, 20},   {kText, kHead},
      {kText + 4, 0x74786574}};
  for (const auto& [address, value] : words) memory.Poke(address, 4, value);
  memory.Poke(kInfos + 2 * 88, 8, 1);
  memory.Poke(kInfos + 2 * 88 + 16, 2, 4);
  const KernelLog log = memory.Read();
  EXPECT_EQ(Joined(log), "text");
  EXPECT_EQ(log.facts.first_sequence, 1U);
  EXPECT_EQ(log.facts.reason, "");
}

TEST(LogRing, TextIsClampedToItsBlock) {
  LogRing ring(kBase, Endian::kLittle, 12, 5);
  ring.Add({"1234567"});
  LogMemory memory = Memory(ring.Image());
  memory.Poke(ring.InfoAddress(ring.head_id()) + 16, 2, 0xffff);
  EXPECT_EQ(memory.Read().records.at(0).text, "1234567\0"s);
}

TEST(LogRing, TheNewestWithinTheLimits) {
  const auto lines = LinesOf(100);  // 10 of 6 bytes, 90 of 7
  const struct {
    LogLimits limits;
    std::size_t records;
  } rows[] = {
      {{100, 1000}, 100}, {{99, 1000}, 99}, {{1, 1000}, 1},   {{0, 1000}, 0}, {{100, 7}, 1},
      {{100, 6}, 0},      {{100, 13}, 1},   {{100, 14}, 2},   {{100, 0}, 0},  {{100, 690}, 100},
      {{100, 689}, 99},   {{100, 684}, 99}, {{100, 683}, 98},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(Cat(row.limits.records, " records, ", row.limits.text_bytes, " bytes"));
    const KernelLog log = Memory(MakeLogRing(lines, kBase, Endian::kLittle)).Read(row.limits);
    EXPECT_EQ(log.records.size(), row.records);
    EXPECT_EQ(log.facts.dropped_older, 100 - row.records);
    ExpectNewest(log, lines);
  }
}

TEST(LogRing, WhatTheRingHasOverwrittenIsNotDropped) {
  const auto lines = LinesOf(1000, 40);  // blocks of 64 bytes
  const KernelLog whole = Memory(MakeLogRing(lines, kBase, Endian::kLittle, 12, 9)).Read();
  ASSERT_EQ(whole.records.size(), 63U);
  const KernelLog log = Memory(MakeLogRing(lines, kBase, Endian::kLittle, 12, 9)).Read({10, 1000});
  EXPECT_EQ(log.records.size(), 10U);
  EXPECT_EQ(log.facts.dropped_older, 53U);
  EXPECT_EQ(log.facts.first_sequence, 990U);
}

// 900 lines; a page that is missing takes its own records and no others.
TEST(LogRing, APageThatIsMissing) {
  LogRing ring(kBase, Endian::kLittle, 17, 12);
  const auto lines = LinesOf(900, 80);
  for (const auto& line : lines) ring.Add(line);
  const struct {
    const char* what;
    std::uint64_t page, unit;  // bytes of a record there
  } rows[] = {{"descriptors", ring.DescsAddress() + 4096, 24},
              {"infos", ring.InfosAddress() + 8192, 88},
              {"text", ring.DataAddress() + 3 * 4096, 104}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    LogMemory memory = Memory(ring.Image());
    memory.missing = {row.page};
    const KernelLog log = memory.Read();
    EXPECT_EQ(log.records.size() + log.facts.lost, 900U);
    EXPECT_GE(log.facts.lost, 4096 / row.unit);
    EXPECT_LE(log.facts.lost, 4096 / row.unit + 2);
    EXPECT_EQ(log.facts.reason, "log_unreadable");
    EXPECT_EQ(log.records.front().text, lines.front().text);
    EXPECT_EQ(log.records.back().text, lines.back().text);
    for (const auto& record : log.records) ASSERT_EQ(record.text, lines[record.sequence].text);
  }
}

TEST(LogRing, AMissingPageThatHoldsNothingMatters) {
  LogRing ring(kBase, Endian::kLittle, 17, 12);
  const auto lines = LinesOf(10);
  for (const auto& line : lines) ring.Add(line);
  LogMemory memory = Memory(ring.Image());
  memory.missing = {ring.DescsAddress() + 4096, ring.DataAddress() + 4096,
                    ring.InfosAddress() + 4096};
  ExpectNewest(memory.Read(), lines);
}

// log_buf_len=2M: 9 MiB with descriptors and infos.
TEST(LogRing, ALargeRingIsReadFromItsEnd) {
  LogRing ring(kBase, Endian::kLittle, 21, 16);
  for (std::uint64_t n = 0; n < 40'000; ++n) ring.Add(Line(n, 40));
  LogMemory memory = Memory(ring.Image());
  const KernelLog log = memory.Read();
  EXPECT_EQ(log.records.size(), 16'384U);
  EXPECT_EQ(log.facts.first_sequence, 40'000U - 16'384);
  EXPECT_EQ(log.facts.dropped_older, 32'767U - 16'384) << "64 bytes each";
  EXPECT_LT(memory.bytes_read, 3U << 20) << "176 bytes for each that is kept";
}

TEST(LogRing, AFreshRingIsEmpty) {
  const KernelLog log = Memory(MakeLogRing({}, kBase, Endian::kLittle)).Read();
  EXPECT_EQ(log.facts.reason, "log_empty");
  EXPECT_FALSE(log.facts.first_sequence || log.facts.uptime_us);
}

}  // namespace
}  // namespace kdumpd
