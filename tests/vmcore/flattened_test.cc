// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/flattened.h"

#include <endian.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#include "tests/support/dump_maker.h"
#include "tests/support/memory_bytes.h"
#include "tests/support/peak_memory.h"

namespace kdumpd {
namespace {

std::string Big(std::uint64_t value) { return NumberBytes(Endian::kBig, 8, value); }
std::string Record(std::uint64_t offset, std::string_view payload) {
  return Big(offset) + Big(payload.size()) + std::string(payload);
}
std::string Header() {
  std::string header("makedumpfile\0\0\0\0", 16);
  header += Big(1) + Big(1);
  header.resize(4096);
  return header;
}
const std::string kEnd(16, '\xff');

std::string Text(const ByteSource& bytes, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  const auto got = bytes.ReadSome(offset, std::as_writable_bytes(std::span(text)));
  EXPECT_TRUE(got);
  text.resize(got.value_or(0));
  return text;
}

// What the records say, one after the other, hole by hole zeros.
std::string Replay(std::string_view stream) {
  std::string file;
  for (std::size_t at = 4096; at + 16 < stream.size();) {
    const auto head = std::as_bytes(std::span(stream.substr(at, 16)));
    const std::uint64_t offset = Number(head, 0, 8, Endian::kBig);
    const std::uint64_t size = Number(head, 8, 8, Endian::kBig);
    Overwrite(file, offset, stream.substr(at + 16, size));
    at += 16 + size;
  }
  return file;
}

TEST(FlattenedTest, RecordsOverEachOther) {
  struct Row {
    const char* name;
    std::vector<std::string> records;
    std::string expected;
  };
  const std::string zero(1, '\0');
  const Row rows[] = {
      {"one", {Record(0, "abc")}, "abc"},
      {"in order", {Record(0, "abc"), Record(3, "def")}, "abcdef"},
      {"backwards", {Record(3, "def"), Record(0, "abc")}, "abcdef"},
      {"a hole is zeros", {Record(0, "abc"), Record(4, "e")}, "abc" + zero + "e"},
      {"nothing at the beginning", {Record(2, "c")}, zero + zero + "c"},
      {"the later one wins", {Record(0, "abc"), Record(0, "ABC")}, "ABC"},
      {"over the middle", {Record(0, "abcdef"), Record(2, "CD")}, "abCDef"},
      {"over the end", {Record(0, "abcd"), Record(3, "DE")}, "abcDE"},
      {"over the beginning", {Record(2, "cdef"), Record(0, "ABC")}, "ABCdef"},
      {"over several", {Record(0, "ab"), Record(3, "d"), Record(0, "ABCDE")}, "ABCDE"},
      {"three deep", {Record(0, "abcdef"), Record(1, "BCDE"), Record(2, "xy")}, "aBxyEf"},
      {"under two", {Record(1, "B"), Record(0, "abc"), Record(2, "C")}, "abC"},
  };
  for (const auto& row : rows) {
    std::string stream = Header();
    for (const auto& record : row.records) stream += record;
    const MemoryBytes file(stream + kEnd);
    const auto flattened = FlattenedBytes::Index(file, {});
    ASSERT_TRUE(flattened) << row.name;
    EXPECT_EQ(flattened->Size(), row.expected.size()) << row.name;
    EXPECT_EQ(flattened->end().reason, "end_marker_found") << row.name;
    for (std::size_t at = 0; at <= row.expected.size() + 1; ++at) {
      const auto rest = row.expected.substr(std::min(at, row.expected.size()));
      EXPECT_EQ(Text(*flattened, at, 100), rest) << row.name << " from " << at;
      EXPECT_EQ(Text(*flattened, at, 1), rest.substr(0, 1)) << row.name << " at " << at;
    }
  }
}

TEST(FlattenedTest, RandomRecordsAreWhatAReplayMakesOfThem) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string stream = Header();
    for (auto count = random() % 40; count > 0; --count) {
      stream += Record(random() % 200,
                       std::string(1 + random() % 50, static_cast<char>('a' + random() % 26)));
    }
    const std::string expected = Replay(stream);
    const MemoryBytes file(stream + kEnd);
    const auto flattened = FlattenedBytes::Index(file, {});
    ASSERT_TRUE(flattened);
    ASSERT_EQ(Text(*flattened, 0, 300), expected);
    const std::uint64_t at = random() % 250, size = random() % 100;
    ASSERT_EQ(Text(*flattened, at, size), expected.substr(std::min(at, expected.size()), size));
  }
}

TEST(FlattenedTest, HowTheStreamEnds) {
  const std::string one = Record(0, "abc"), head = Header() + one;
  struct Row {
    const char* name;
    std::string stream;
    const char* expected;
    std::optional<std::uint64_t> needs;
  };
  const Row rows[] = {
      {"end marker", head + kEnd, "complete end_marker_found", {}},
      {"only the end marker", Header() + kEnd, "complete end_marker_found", {}},
      {"none", head, "truncated end_marker_missing", {}},
      {"half of it", head + kEnd.substr(1), "truncated end_marker_missing", {}},
      {"cut in a payload", Header() + one.substr(0, 17), "truncated end_marker_missing",
       4096 + 19 + 16},
      {"cut before a payload", Header() + one.substr(0, 16), "truncated end_marker_missing",
       4096 + 19 + 16},
      {"bytes behind", head + kEnd + "x", "damaged record_invalid", {}},
      {"zeros where a record should be",
       head + std::string(64, '\0'),
       "damaged record_invalid",
       {}},
      {"an empty record", head + Record(9, "") + kEnd, "damaged record_invalid", {}},
      {"half an end marker",
       head + Big(~0ULL) + Big(16) + std::string(16, 'x'),
       "damaged record_invalid",
       {}},
      {"the other half", head + Big(16) + Big(~0ULL), "damaged record_invalid", {}},
      {"an offset below zero", head + Record(1ULL << 63, "x") + kEnd, "damaged record_invalid", {}},
      {"an end below zero", head + Record(~0ULL >> 1, "x") + kEnd, "damaged record_invalid", {}},
      {"the last offset there is",
       head + Record((~0ULL >> 1) - 1, "x") + kEnd,
       "complete end_marker_found",
       {}},
      {"a record of 2 GiB", head + Big(0) + Big(2U << 30) + "x", "damaged record_invalid", {}},
  };
  for (const auto& row : rows) {
    const MemoryBytes file(row.stream);
    const auto flattened = FlattenedBytes::Index(file, {});
    ASSERT_TRUE(flattened) << row.name;
    const Wholeness& end = flattened->end();
    EXPECT_EQ(std::string(Name(end.state)) + " " + end.reason, row.expected) << row.name;
    EXPECT_EQ(end.needs_bytes, row.needs) << row.name;
    EXPECT_FALSE(end.detail.empty()) << row.name;
    if (row.stream.starts_with(head)) {  // what came before is there
      EXPECT_EQ(Text(*flattened, 0, 3), "abc") << row.name;
    }
  }
}

TEST(FlattenedTest, HeadersThatAreNone) {
  const auto with = [](std::size_t at) {
    std::string stream = Header() + Record(0, "abc") + kEnd;
    stream[at] = 2;
    return stream;
  };
  struct Row {
    const char* name;
    std::string stream;
    const char* expected;
  };
  const Row rows[] = {
      {"nothing", "", "truncated header_cut"},
      {"header alone", Header(), "truncated header_cut"},
      {"no room for a record", Header() + kEnd.substr(1), "truncated header_cut"},
      {"other magic", with(0), "damaged header_invalid"},
      {"other type", with(23), "damaged header_invalid"},
      {"other version", with(31), "damaged header_invalid"},
  };
  for (const auto& row : rows) {
    const MemoryBytes file(row.stream);
    const auto flattened = FlattenedBytes::Index(file, {});
    ASSERT_FALSE(flattened) << row.name;
    const Wholeness& why = flattened.error();
    EXPECT_EQ(std::string(Name(why.state)) + " " + why.reason, row.expected) << row.name;
  }
}

TEST(FlattenedTest, ProgressStopsIt) {
  std::string stream = Header();
  for (int i = 0; i < 5000; ++i) stream += Record(i, "x");
  const MemoryBytes file(stream + kEnd);
  std::vector<std::uint64_t> told;
  const auto whole = FlattenedBytes::Index(file, [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_EQ(total, file.Size());
    told.push_back(done);
    return true;
  });
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->end().state, DumpState::kComplete);
  EXPECT_GE(told.size(), 4U);
  EXPECT_LE(told.size(), 6U);
  EXPECT_TRUE(std::ranges::is_sorted(told));
  const auto stopped = FlattenedBytes::Index(file, [](auto, auto) { return false; });
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->end().state, DumpState::kUnknown);
  EXPECT_EQ(stopped->end().reason, "budget");
  EXPECT_EQ(stopped->Size(), 64U);
}

TEST(FlattenedTest, AsMakedumpfileWritesThem) {
  const Machine machine = BareMachine("x86_64");
  for (const std::string& logical : {ElfDump(machine), KdumpDump(machine)}) {
    for (const std::size_t record_bytes : {100UL, 65'536UL}) {
      const MemoryBytes file(Flattened(logical, {.record_bytes = record_bytes}));
      const auto flattened = FlattenedBytes::Index(file, {});
      ASSERT_TRUE(flattened);
      EXPECT_EQ(flattened->end().state, DumpState::kComplete);
      EXPECT_TRUE(Text(*flattened, 0, logical.size() + 1) == logical);
    }
  }
}

// Each record lies over all before it: quadratic work would take minutes.
TEST(FlattenedTest, HostileOverlaps) {
  std::string stream = Header();
  const std::string payload(300, 'p');
  constexpr int kCount = 20'000;
  for (int i = 0; i < kCount; ++i) stream += Record(i % 2 == 0 ? i : 2 * kCount - i, payload);
  const MemoryBytes file(stream + kEnd);
  const auto flattened = FlattenedBytes::Index(file, {});
  ASSERT_TRUE(flattened);
  EXPECT_EQ(Text(*flattened, 1000, 300), payload);
}

// Records in pairs, of 48 bytes and of 16, as many as wanted and not in memory; what a record wrote
// is its pair's number. The last pair is written where the first is, as makedumpfile does with its
// sub-header. The small one lies behind the large one or in its middle.
class Pairs final : public ByteSource {
 public:
  Pairs(std::uint64_t pairs, bool overlap) : pairs_(pairs), overlap_(overlap) {}
  [[nodiscard]] std::uint64_t Size() const override { return 4096 + pairs_ * 96 + 16; }
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset,
                                             std::span<std::byte> out) const override {
    static const std::string header = Header();
    std::size_t done = 0;
    while (done < out.size() && offset + done < Size()) {
      const std::uint64_t here = offset + done;
      const std::uint64_t number = here < 4096 ? 0 : (here - 4096) / 96;
      const auto pair = Pair(number);
      std::span<const std::byte> part = std::as_bytes(std::span(pair));
      if (here < 4096) part = std::as_bytes(std::span(header));
      if (number == pairs_) part = std::as_bytes(std::span(kEnd));
      part = part.subspan(here < 4096 ? here : here - 4096 - number * 96);
      part = part.first(std::min(part.size(), out.size() - done));
      std::memcpy(out.data() + done, part.data(), part.size());
      done += part.size();
    }
    return done;
  }
  // Of which pair the byte is.
  [[nodiscard]] std::uint64_t PairAt(std::uint64_t offset) const {
    return offset < Step() ? pairs_ - 1 : offset / Step();
  }
  [[nodiscard]] std::uint64_t Step() const { return overlap_ ? 48 : 64; }

 private:
  [[nodiscard]] std::array<std::uint64_t, 12> Pair(std::uint64_t number) const {
    const auto big = [](std::uint64_t value) { return htobe64(value); };
    const std::uint64_t start = number == pairs_ - 1 ? 0 : number * Step(), text = big(number);
    return {
        big(start), big(48), text, text, text, text, text, text, big(start + (overlap_ ? 16 : 48)),
        big(16),    text,    text};
  }

  std::uint64_t pairs_;
  bool overlap_;
};

// How many MiB Index() and a few reads need at once.
std::uint64_t PeakMib(const Pairs& file, std::string_view expected) {
  const std::uint64_t before = ForgetPeak();
  const auto flattened = FlattenedBytes::Index(file, {});
  const std::uint64_t peak = PeakKib();
  const Wholeness& end = flattened ? flattened->end() : flattened.error();
  EXPECT_EQ(end.reason, expected);
  if (!flattened) return (peak - before) / 1024;
  const std::uint64_t count = flattened->Size() / 8;
  for (std::uint64_t i = 0; i < count; i += i < 100 ? 1 : count / 999) {
    EXPECT_EQ(Text(*flattened, i * 8, 8), Big(file.PairAt(i * 8))) << i;
  }
  return (peak - before) / 1024;
}

// 33,000 records are 1 GiB of a dump; kdumpd has 256 MiB.
TEST(FlattenedTest, MemoryOfManyRecords) {
  EXPECT_LE(PeakMib(Pairs(1'100'000, false), "end_marker_found"), 40);
}

TEST(FlattenedTest, MemoryOfManyOverlaps) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "a minute of it, and memory says nothing under sanitizers";
  EXPECT_LE(PeakMib(Pairs(1'400'000, true), "too_many_records"), 200);
}

// More than an extent holds.
TEST(FlattenedTest, ARecordOf40MiB) {
  std::string payload(40 << 20, 'a');
  for (std::size_t i = 0; i < payload.size(); i += 4096) Overwrite(payload, i, Big(i));
  const MemoryBytes file(Header() + Record(5, payload) + Record(20 << 20, "over") + kEnd);
  const auto flattened = FlattenedBytes::Index(file, {});
  ASSERT_TRUE(flattened);
  EXPECT_EQ(flattened->end().detail, "the end marker closes 2 records");
  Overwrite(payload, (20 << 20) - 5, "over");
  EXPECT_TRUE(Text(*flattened, 5, payload.size() + 1) == payload);
  EXPECT_EQ(Text(*flattened, (16 << 20) - 9, 20), payload.substr((16 << 20) - 14, 20));
}

}  // namespace
}  // namespace kdumpd
