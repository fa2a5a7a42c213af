// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/log_maker.h"
#include "tests/support/log_memory.h"

namespace kdumpd {
namespace {

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
// Which of the lines a record is: by its time.
std::uint64_t NumberOf(const LogRecord& record) { return record.nanoseconds / 1'000'000; }
void ExpectNewest(const KernelLog& log, const std::vector<LogLine>& lines) {
  ASSERT_LE(log.records.size(), lines.size());
  const std::uint64_t first = lines.size() - log.records.size();
  for (std::size_t i = 0; i < log.records.size(); ++i) {
    ASSERT_EQ(log.records[i].text, lines[first + i].text);
    ASSERT_EQ(log.records[i].nanoseconds, lines[first + i].nanoseconds);
  }
  EXPECT_EQ(log.facts.records, log.records.size());
  EXPECT_EQ(log.facts.lost, 0U);
  EXPECT_EQ(log.facts.reason, "");
}

TEST(LogRecordsReader, EveryFieldInBothByteOrders) {
  const std::vector<LogLine> lines = {{"Linux version 4.18", 0, 0, 5},
                                      {"", 1'000},
                                      {"Kernel panic - not syncing", 5'924'778'999, 0, 0},
                                      {"a user's", 6'000'000'000, 3, 7}};
  for (const Endian endian : kOrders) {
    for (const std::string_view name : {"printk_log", "log"}) {
      LogRecords records(kBase, endian, 1 << 17);
      for (const auto& line : lines) records.Add(line, "SUBSYSTEM=pci");
      const KernelLog log = Memory(records.Image(name), endian).Read();
      ExpectNewest(log, lines);
      ASSERT_EQ(log.records.size(), 4U);
      for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(log.records[i].facility, lines[i].facility);
        EXPECT_EQ(log.records[i].level, lines[i].level);
        EXPECT_EQ(log.records[i].sequence, i);
      }
      EXPECT_EQ(log.facts.kind, "records");
      EXPECT_EQ(log.facts.uptime_us, 5'924'778U);
      EXPECT_FALSE(log.facts.first_sequence) << "VMCOREINFO does not name log_first_seq";
    }
  }
}

// Each number of lines, so that the end of the buffer falls into every place.
TEST(LogRecordsReader, NothingIsLostWhereItWraps) {
  for (const Endian endian : kOrders) {
    LogRecords records(kBase, endian, 512);
    std::vector<LogLine> lines;
    for (std::uint64_t n = 0; n < 200; ++n) {
      lines.push_back(Line(n, n * 7 % 31));
      records.Add(lines.back());
      const KernelLog log = Memory(records.Image(), endian).Read();
      ExpectNewest(log, lines);
      ASSERT_GE(log.records.size(), std::min<std::size_t>(n + 1, 7)) << n;
      ASSERT_EQ(log.facts.dropped_older, 0U);
    }
  }
}

TEST(LogRecordsReader, TheNewestWithinTheLimits) {
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
    const KernelLog log = Memory(MakeLogRecords(lines, kBase, Endian::kLittle)).Read(row.limits);
    EXPECT_EQ(log.records.size(), row.records);
    EXPECT_EQ(log.facts.dropped_older, 100 - row.records);
    ExpectNewest(log, lines);
  }
}

// What follows a missing page is found again, straight and round the end.
TEST(LogRecordsReader, APageThatIsMissing) {
  for (const std::uint64_t count : {920, 1500}) {
    for (std::uint64_t page = 0; page < 24; ++page) {
      SCOPED_TRACE(Cat(count, " lines, page ", page));
      LogRecords records(kBase, Endian::kLittle, 24 * 4096);
      const auto lines = LinesOf(count, 80);
      for (const auto& line : lines) records.Add(line);
      const KernelLog whole = Memory(records.Image()).Read();
      LogMemory memory = Memory(records.Image());
      memory.missing = {records.BufferAddress() + page * 4096};
      const KernelLog log = memory.Read();
      for (const auto& record : log.records) ASSERT_EQ(record.text, lines[NumberOf(record)].text);
      const auto gone = whole.records.size() - log.records.size();
      EXPECT_GE(gone, page == 23 ? 1U : 37U) << "of 104 bytes each";
      EXPECT_LE(gone, 42U) << "and two on either side";
      EXPECT_EQ(log.facts.reason, "log_unreadable");
      EXPECT_LE(log.facts.lost, 2U) << "how many there were, nothing says";
    }
  }
}

// 70 MiB, straight and round the end: the last 64 MiB of it, which begin amid a record.
TEST(LogRecordsReader, OfALargeBufferTheEnd) {
  const std::string text(60'000, 'x');
  for (const std::uint64_t count : {1150, 1300}) {
    LogRecords records(kBase, Endian::kLittle, 70 << 20);
    for (std::uint64_t n = 0; n < count; ++n) records.Add({text, n * 1'000'000});
    LogMemory memory = Memory(records.Image());
    const KernelLog log = memory.Read({100, 16 << 20});
    EXPECT_EQ(log.records.size(), 100U);
    EXPECT_EQ(NumberOf(log.records.back()), count - 1);
    EXPECT_EQ(NumberOf(log.records.front()), count - 100);
    EXPECT_GT(log.facts.dropped_older, 1 << 20) << "bytes that were not walked";
    EXPECT_EQ(log.facts.reason, "");
    EXPECT_LE(memory.bytes_read, 72U << 20);
  }
}

struct Hostile {
  const char* what;
  std::function<void(LogMemory&, const LogRecords&)> change;
  const char* reason;
  std::size_t records = 0;  // of 20
};
auto Key(std::string_view key, std::string_view value) {
  return [=](LogMemory& memory, const LogRecords&) { memory.SetKey(key, value); };
}
auto InVariables(std::uint64_t offset, std::size_t size, std::uint64_t value) {
  return [=](LogMemory& memory, const LogRecords&) { memory.Poke(kBase + offset, size, value); };
}
// Two bytes of the header of the last record, or of the eleventh: records of 24 bytes.
auto InLast(std::uint64_t offset, std::uint64_t value) {
  return [=](LogMemory& memory, const LogRecords& records) {
    memory.Poke(records.LastAddress() + offset, 2, value);
  };
}
auto InEleventh(std::uint64_t offset, std::uint64_t value) {
  return [=](LogMemory& memory, const LogRecords& records) {
    memory.Poke(records.BufferAddress() + 240 + offset, 2, value);
  };
}

const Hostile kHostile[] = {
    {"nothing", [](LogMemory&, const LogRecords&) {}, "", 20},
    {"no length", Key("SYMBOL(log_buf_len)", ""), "log_symbols_missing"},
    {"no first index", Key("SYMBOL(log_first_idx)", ""), "log_symbols_missing"},
    {"no next index", Key("SYMBOL(log_next_idx)", ""), "log_symbols_missing"},
    {"no size", Key("SIZE(printk_log)", ""), "log_symbols_missing"},
    {"no offset", Key("OFFSET(printk_log.text_len)", ""), "log_symbols_missing"},
    {"variables elsewhere", Key("SYMBOL(log_next_idx)", "10"), "log_unreadable"},
    {"size 0", Key("SIZE(printk_log)", "0"), "log_invalid"},
    {"size 4097", Key("SIZE(printk_log)", "4097"), "log_invalid"},
    {"no room for facility and level", Key("SIZE(printk_log)", "15"), "log_invalid"},
    {"offset beyond", Key("OFFSET(printk_log.ts_nsec)", "9"), "log_invalid"},
    {"offset far beyond", Key("OFFSET(printk_log.len)", "18446744073709551615"), "log_invalid"},
    {"buffer elsewhere", InVariables(0, 8, 0), "log_unreadable"},
    {"buffer past the end", InVariables(0, 8, ~std::uint64_t{0} - 100), "log_invalid"},
    {"length 0", InVariables(8, 4, 0), "log_invalid"},
    {"length more than 2 GiB", InVariables(8, 4, 0x80000001), "log_invalid"},
    {"length beyond the memory", InVariables(8, 4, 0x40000000), "", 20},
    {"first beyond the length", InVariables(12, 4, 1 << 18), "log_invalid"},
    {"next beyond the length", InVariables(16, 4, 1 << 18), "log_invalid"},
    {"first is next", InVariables(12, 4, 20 * 24), "log_empty"},
    {"first amid a record", InVariables(12, 4, 4), "log_invalid", 19},
    {"next amid a record", InVariables(16, 4, 20 * 24 - 4), "log_invalid", 19},
    {"first after next: nothing up there", InVariables(12, 4, 1 << 16), "", 20},
    {"length of the last is 0", InLast(8, 0), "log_invalid", 19},
    {"length below the structure", InLast(8, 12), "log_invalid", 19},
    {"length odd", InLast(8, 23), "log_invalid", 19},
    {"length not aligned", InLast(8, 26), "log_invalid", 19},
    {"length beyond", InLast(8, 28), "log_invalid", 19},
    {"length far beyond", InLast(8, 0xfffc), "log_invalid", 19},
    {"text longer than the record", InLast(10, 9), "log_invalid", 19},
    {"dictionary longer than the record", InLast(12, 0xffff), "log_invalid", 19},
    {"in the middle: the rest is found again", InEleventh(8, 0xfffc), "log_invalid", 19},
    {"in the middle, a mark", InEleventh(8, 0), "log_invalid", 19},
    {"in the middle, a length of two records", InEleventh(8, 48), "log_invalid", 19},
};

TEST(LogRecordsReader, HostileNumbers) {
  for (const Endian endian : kOrders) {
    LogRecords records(kBase, endian, 1 << 17);
    for (int n = 0; n < 20; ++n) records.Add({"12345678", 1});
    for (const auto& row : kHostile) {
      SCOPED_TRACE(row.what);
      LogMemory memory = Memory(records.Image(), endian);
      row.change(memory, records);
      const KernelLog log = memory.Read();
      EXPECT_EQ(log.facts.reason, row.reason);
      EXPECT_EQ(log.facts.detail.empty(), log.facts.reason.empty());
      EXPECT_EQ(log.records.size(), row.records);
      EXPECT_EQ(log.facts.kind, "records");
    }
  }
}

TEST(LogRecordsReader, AFreshBufferIsEmpty) {
  const KernelLog log = Memory(MakeLogRecords({}, kBase, Endian::kLittle)).Read();
  EXPECT_EQ(log.facts.reason, "log_empty");
  EXPECT_FALSE(log.facts.first_sequence || log.facts.uptime_us);
}

}  // namespace
}  // namespace kdumpd
