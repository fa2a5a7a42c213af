// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kdump_file.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/dump_maker.h"
#include "tests/support/memory_bytes.h"

namespace kdumpd {
namespace {

// 40 pages from page frame 3 on, every seventh of them zeros, and one far away.
Machine SomeMachine(std::string_view architecture = "x86_64", std::uint64_t page_size = 4096) {
  Machine machine = BareMachine(architecture, page_size);
  machine.pages.clear();
  for (std::uint64_t i = 0; i <= 40; ++i) {
    std::string page(page_size, '\0');
    for (std::size_t at = 0; i % 7 != 0 && at < page_size; ++at) {
      page[at] = static_cast<char>(at * i / 5 % 13 + 1);
    }
    machine.pages[i < 40 ? 3 + i : 9000] = std::move(page);
  }
  return machine;
}

KdumpHeader HeaderOf(const std::string& dump) {
  return ParseKdumpHeader(std::as_bytes(std::span(dump)).first(kKdumpHeaderBytes)).value();
}
std::uint64_t DescriptorAt(const std::string& dump, std::uint64_t index) {
  return HeaderOf(dump).bitmaps_end() + 24 * index;
}
std::uint64_t Field(const std::string& dump, std::uint64_t at, std::size_t size) {
  return Number(std::as_bytes(std::span(dump)), at, size, Endian::kLittle);
}
void Set(std::string& dump, std::uint64_t at, int size, std::uint64_t value) {
  Overwrite(dump, at, NumberBytes(Endian::kLittle, size, value));
}

Wholeness CheckOf(const std::string& dump, CheckLevel level) {
  const MemoryBytes bytes(dump);
  const auto opened = OpenKdump(bytes);
  return opened ? (*opened)->Check(level, {}) : opened.error();
}
std::string Shown(const Wholeness& wholeness) {
  return std::string(Name(wholeness.state)) + " " + wholeness.reason + " at " +
         std::string(Name(wholeness.level));
}

constexpr CheckLevel kLevels[] = {CheckLevel::kHeaders, CheckLevel::kCheap, CheckLevel::kSampled,
                                  CheckLevel::kDescriptors, CheckLevel::kPages};
constexpr std::string_view kWhole[] = {
    "complete headers_checked at headers", "complete data_end_checked at cheap",
    "complete pages_sampled at sampled", "complete descriptors_checked at descriptors",
    "complete pages_checked at pages"};

void ExpectWhole(const std::string& dump, const std::string& name) {
  for (const CheckLevel level : kLevels) {
    EXPECT_EQ(Shown(CheckOf(dump, level)), kWhole[static_cast<int>(level)])
        << name << ": " << CheckOf(dump, level).detail;
  }
}

// Every page of the machine, and nothing of what is not in the dump.
void ExpectPages(const Machine& machine, const std::string& dump, const std::string& name) {
  const MemoryBytes bytes(dump);
  const auto opened = OpenKdump(bytes);
  ASSERT_TRUE(opened) << name;
  for (const auto& [pfn, page] : machine.pages) {
    std::string got(page.size(), '?');
    const auto read =
        (*opened)->ReadPhysical(pfn * machine.page_size, std::as_writable_bytes(std::span(got)));
    ASSERT_TRUE(read) << name << " " << pfn << ": " << read.error().message;
    ASSERT_EQ(got, page) << name << " " << pfn;
  }
  std::byte byte{};
  constexpr std::uint64_t kAbsent[] = {0, 2, 43, 8999, 9001, ~0ULL / 65536};
  for (const std::uint64_t pfn : kAbsent) {
    const auto read = (*opened)->ReadPhysical(pfn * machine.page_size, std::span(&byte, 1));
    ASSERT_FALSE(read) << name << " " << pfn;
    EXPECT_EQ(read.error().code, ErrorCode::kNotFound) << name << " " << pfn;
  }
}

TEST(KdumpFileTest, EveryKind) {
  for (const char* codec : {"none", "zlib", "lzo", "snappy", "zstd", "mixed"}) {
    for (int version = 1; version <= 6; ++version) {
      const Machine machine = SomeMachine();
      const auto dump = KdumpDump(machine, {.header_version = version, .codec = codec});
      const std::string name = std::string(codec) + " v" + std::to_string(version);
      ExpectWhole(dump, name);
      ExpectPages(machine, dump, name);
    }
  }
  for (const char* architecture : {"aarch64", "ppc64", "s390x", "i686", "armv7l"}) {
    for (const std::uint64_t page_size : {std::uint64_t{4096}, std::uint64_t{65536}}) {
      const Machine machine = SomeMachine(architecture, page_size);
      const auto dump = KdumpDump(machine, {});
      ExpectWhole(dump, architecture);
      ExpectPages(machine, dump, architecture);
    }
  }
  const Machine machine = SomeMachine();
  for (const KdumpOptions& options : {KdumpOptions{.signature = "DISKDUMP"},
                                      KdumpOptions{.dump_level = 0, .shared_zero_page = false},
                                      KdumpOptions{.dump_level = 30, .shared_zero_page = false},
                                      KdumpOptions{.eraseinfo = "erased symbol secret 16"}}) {
    ExpectWhole(KdumpDump(machine, options), std::string(options.signature) + options.eraseinfo);
    ExpectPages(machine, KdumpDump(machine, options), std::string(options.signature));
  }
  Machine wide = SomeMachine();
  wide.pages[16'384] = wide.pages[4];  // one bitmap: more bits than half of a block has
  ExpectPages(wide, KdumpDump(wide, {.single_bitmap = true}), "one bitmap");
  ExpectWhole(KdumpDump(wide, {.single_bitmap = true}), "one bitmap");
}

TEST(KdumpFileTest, Facts) {
  Machine machine = SomeMachine();
  machine.vmcoreinfo = "SYMBOL(prb)=ffffffff82a54a60\n";
  const MemoryBytes bytes(KdumpDump(machine, {.codec = "zstd", .eraseinfo = "x"}));
  const auto opened = OpenKdump(bytes);
  ASSERT_TRUE(opened);
  const ContainerFacts& facts = (*opened)->facts();
  EXPECT_EQ(facts.format, DumpFormat::kKdump);
  EXPECT_EQ(facts.endian, Endian::kLittle);
  EXPECT_EQ(facts.word_bytes, 8);
  EXPECT_EQ(facts.machine, "x86_64");
  EXPECT_EQ(facts.page_size, 4096U);
  EXPECT_EQ(facts.compression, "zstd");
  EXPECT_EQ(facts.header_version, 6);
  EXPECT_EQ(facts.dump_level, 31);
  EXPECT_EQ(facts.crash_time, machine.crash_time);
  EXPECT_EQ(facts.node, machine.node);
  EXPECT_EQ(facts.release, machine.release);
  EXPECT_EQ(facts.version, machine.version);
  EXPECT_EQ(facts.cpus, machine.cpus);
  EXPECT_EQ(facts.vmcoreinfo, machine.VmcoreinfoText());
  EXPECT_TRUE(facts.erased);
  EXPECT_FALSE(facts.split);
}

TEST(KdumpFileTest, PhysBaseOfTheSubHeader) {
  std::string dump = KdumpDump(SomeMachine(), {});
  Set(dump, 4096, 8, -0x100'0000ULL);
  const MemoryBytes bytes(dump);
  const auto opened = OpenKdump(bytes);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->facts().phys_base, -0x100'0000ULL);
}

TEST(KdumpFileTest, FactsByVersion) {
  struct Row {
    int version;
    bool cpus, vmcoreinfo, erased;
    std::string_view compression;  // of one that does not say: before version 6 not known
  };
  const Row rows[] = {{1, false, false, false, ""}, {2, false, false, false, ""},
                      {3, false, true, false, ""},  {4, true, true, false, ""},
                      {5, true, true, true, ""},    {6, true, true, true, "none"}};
  for (const auto& row : rows) {
    const MemoryBytes bytes(KdumpDump(
        SomeMachine("s390x"), {.header_version = row.version, .codec = "none", .eraseinfo = "x"}));
    const auto opened = OpenKdump(bytes);
    ASSERT_TRUE(opened);
    const ContainerFacts& facts = (*opened)->facts();
    EXPECT_EQ(facts.endian, Endian::kBig);
    EXPECT_EQ(facts.cpus.has_value(), row.cpus) << row.version;
    EXPECT_EQ(!facts.vmcoreinfo.empty(), row.vmcoreinfo) << row.version;
    EXPECT_EQ(facts.erased, row.erased) << row.version;
    EXPECT_EQ(facts.compression, row.compression) << row.version;
  }
}

TEST(KdumpFileTest, ReadsAcrossPages) {
  const Machine machine = SomeMachine();
  const MemoryBytes bytes(KdumpDump(machine, {}));
  const auto opened = OpenKdump(bytes);
  ASSERT_TRUE(opened);
  std::string all, got(4096 * 40, '?');
  for (std::uint64_t pfn = 3; pfn < 43; ++pfn) all += machine.pages.at(pfn);
  ASSERT_TRUE((*opened)->ReadPhysical(3 * 4096, std::as_writable_bytes(std::span(got))));
  EXPECT_EQ(got, all);
  got.assign(5000, '?');
  ASSERT_TRUE((*opened)->ReadPhysical(4 * 4096 + 4000, std::as_writable_bytes(std::span(got))));
  EXPECT_EQ(got, all.substr(4096 + 4000, 5000));
  // The last byte asked for is in no page of the dump.
  got.assign(4097, '?');
  EXPECT_FALSE((*opened)->ReadPhysical(42 * 4096, std::as_writable_bytes(std::span(got))));
  EXPECT_FALSE((*opened)->ReadPhysical(~0ULL, std::as_writable_bytes(std::span(got))));
}

struct Damage {
  const char* name;
  std::function<void(std::string& dump)> change;
  CheckLevel level;
  const char* expected;
};

void ExpectDamages(const std::vector<Damage>& rows, const KdumpOptions& options) {
  const std::string whole = KdumpDump(SomeMachine(), options);
  for (const auto& row : rows) {
    std::string dump = whole;
    row.change(dump);
    const Wholeness wholeness = CheckOf(dump, row.level);
    EXPECT_EQ(Shown(wholeness), row.expected) << row.name << ": " << wholeness.detail;
    EXPECT_FALSE(wholeness.detail.empty()) << row.name;
    if (std::string_view(row.expected).starts_with("complete")) continue;
    // What is found at a level is found at every higher one.
    for (const CheckLevel level : kLevels) {
      if (level < row.level) continue;
      EXPECT_NE(CheckOf(dump, level).state, DumpState::kComplete) << row.name;
    }
  }
}

TEST(KdumpFileTest, Headers) {
  constexpr auto kHeaders = CheckLevel::kHeaders;
  constexpr std::uint64_t kSub = 4096;
  const auto resize = [](std::size_t size) { return [size](std::string& d) { d.resize(size); }; };
  const auto set = [](std::uint64_t at, int size, std::uint64_t value) {
    return [=](std::string& dump) { Set(dump, at, size, value); };
  };
  const std::uint64_t end = HeaderOf(KdumpDump(SomeMachine(), {})).bitmaps_end();
  ExpectDamages(
      {
          {"no change", [](std::string&) {}, kHeaders, "complete headers_checked at headers"},
          {"nothing", resize(0), kHeaders, "truncated header_cut at headers"},
          {"header but one byte", resize(463), kHeaders, "truncated header_cut at headers"},
          {"header alone", resize(464), kHeaders, "truncated metadata_cut at headers"},
          {"no sub-header", resize(4096), kHeaders, "truncated metadata_cut at headers"},
          {"half of the sub-header", resize(4150), kHeaders, "truncated metadata_cut at headers"},
          {"all but one byte of the bitmaps", resize(end - 1), kHeaders,
           "truncated metadata_cut at headers"},
          {"bitmaps", resize(end), kHeaders, "complete headers_checked at headers"},
          {"no sense", set(428, 4, 4097), kHeaders, "damaged header_invalid at headers"},
          {"version to come", set(8, 4, 7), kHeaders, "unknown header_version_unknown at headers"},
          {"no version", set(8, 4, 0), kHeaders, "damaged header_invalid at headers"},
          {"flag", set(424, 4, 9), kHeaders, "incomplete incomplete_flag at headers"},
          {"other flags", set(424, 4, 0x37), kHeaders, "complete headers_checked at headers"},
          {"more page frames than bits", set(kSub + 96, 8, 65537), kHeaders,
           "damaged header_invalid at headers"},
          {"as many", set(kSub + 96, 8, 65536), kHeaders, "complete headers_checked at headers"},
          {"notes past any number", set(kSub + 48, 8, ~0ULL), kHeaders,
           "damaged header_invalid at headers"},
          {"notes past the file", set(kSub + 48, 8, 1 << 30), kHeaders,
           "truncated metadata_cut at headers"},
          {"vmcoreinfo past any number", set(kSub + 32, 8, ~0ULL), kHeaders,
           "damaged header_invalid at headers"},
          {"erased past any number",
           [](std::string& dump) {
             Set(dump, kSub + 64, 8, ~0ULL);
             Set(dump, kSub + 72, 8, 1);
           },
           kHeaders, "damaged header_invalid at headers"},
          {"nothing erased, anywhere", set(kSub + 64, 8, ~0ULL), kHeaders,
           "complete headers_checked at headers"},
          {"a part that ends before it begins",
           [](std::string& dump) {
             Set(dump, kSub + 12, 4, 1);
             Set(dump, kSub + 80, 8, 10);
             Set(dump, kSub + 88, 8, 9);
           },
           kHeaders, "damaged header_invalid at headers"},
      },
      {});
}

TEST(KdumpFileTest, EndOfTheData) {
  constexpr auto kCheap = CheckLevel::kCheap;
  const std::uint64_t size = KdumpDump(SomeMachine(), {}).size();
  const auto descriptor = [](std::uint64_t index, std::uint64_t offset, std::uint64_t bytes,
                             std::uint64_t flags) {
    return [=](std::string& dump) {
      Set(dump, DescriptorAt(dump, index), 8, offset);
      Set(dump, DescriptorAt(dump, index) + 8, 4, bytes);
      Set(dump, DescriptorAt(dump, index) + 12, 4, flags);
    };
  };
  const auto resize = [](std::size_t to) { return [to](std::string& d) { d.resize(to); }; };
  const std::uint64_t begin = DescriptorAt(KdumpDump(SomeMachine(), {}), 41);
  constexpr const char* kWholeCheap = "complete data_end_checked at cheap";
  constexpr const char* kInvalid = "damaged descriptor_invalid at cheap";
  ExpectDamages(
      {
          {"no change", [](std::string&) {}, kCheap, kWholeCheap},
          {"one byte less", resize(size - 1), kCheap, "truncated data_cut at cheap"},
          {"one byte more", resize(size + 1), kCheap, kWholeCheap},
          {"cut at the descriptors' end", resize(begin), kCheap, "truncated data_cut at cheap"},
          {"cut in the descriptors", resize(begin - 1), kCheap, "truncated metadata_cut at cheap"},
          {"no descriptors", resize(begin - 41 * 24), kCheap, "truncated metadata_cut at cheap"},
          {"last never written", descriptor(40, 0, 0, 0), kCheap,
           "truncated descriptors_cut at cheap"},
          {"offset of ones", descriptor(40, ~0ULL, 100, 1), kCheap, kInvalid},
          {"before the data", descriptor(40, begin - 1, 100, 1), kCheap, kInvalid},
          {"more than a page", descriptor(40, begin, 4097, 1), kCheap, kInvalid},
          {"much more than a page", descriptor(40, begin, 262144, 1), kCheap, kInvalid},
          {"no size", descriptor(40, begin, 0, 1), kCheap, kInvalid},
          {"raw, less than a page", descriptor(40, begin, 4095, 0), kCheap, kInvalid},
          {"two codecs", descriptor(40, begin, 100, 3), kCheap, kInvalid},
          {"no codec there is", descriptor(40, begin, 100, 0x40), kCheap, kInvalid},
          {"far away", descriptor(40, 1ULL << 62, 100, 1), kCheap, "truncated data_cut at cheap"},
          {"no bit in the bitmap",
           [](std::string& dump) {
             const KdumpHeader header = HeaderOf(dump);
             const std::uint64_t half = header.bitmap_blocks / 2 * 4096;
             Overwrite(dump, header.bitmaps_end() - half, std::string(half, '\0'));
           },
           kCheap, "damaged bitmap_empty at cheap"},
          {"half of the bits in the bitmap",
           [](std::string& dump) {
             const KdumpHeader header = HeaderOf(dump);
             const std::uint64_t half = header.bitmap_blocks / 2 * 4096;
             Overwrite(dump, header.bitmaps_end() - half + 3, std::string(half - 3, '\0'));
           },
           kCheap, "damaged bitmap_invalid at cheap"},
      },
      {});
  const Wholeness cut = CheckOf(KdumpDump(SomeMachine(), {}).substr(0, size - 1), kCheap);
  EXPECT_EQ(cut.needs_bytes, size);
  EXPECT_EQ(cut.pages, 41U);
}

TEST(KdumpFileTest, ErasedFollowsTheData) {
  const KdumpOptions options{.eraseinfo = "erased symbol secret 16"};
  const std::uint64_t size = KdumpDump(SomeMachine(), options).size();
  ExpectDamages(
      {{"no change", [](std::string&) {}, CheckLevel::kCheap, "complete data_end_checked at cheap"},
       {"one byte less", [&](std::string& dump) { dump.resize(size - 1); }, CheckLevel::kCheap,
        "truncated data_cut at cheap"}},
      options);
}

TEST(KdumpFileTest, PagesOfZerosAtTheEnd) {
  Machine machine = SomeMachine();
  for (std::uint64_t pfn = 9001; pfn < 9400; ++pfn) machine.pages[pfn] = std::string(4096, '\0');
  const std::string dump = KdumpDump(machine, {});
  ExpectWhole(dump, "zeros at the end");
  EXPECT_EQ(Shown(CheckOf(dump.substr(0, dump.size() - 1), CheckLevel::kCheap)),
            "truncated data_cut at cheap");
  // Nothing but zeros: the one page that stands for all.
  for (auto& [pfn, page] : machine.pages) page.assign(4096, '\0');
  const std::string zeros = KdumpDump(machine, {});
  ExpectWhole(zeros, "only zeros");
  EXPECT_EQ(Shown(CheckOf(zeros.substr(0, zeros.size() - 1), CheckLevel::kCheap)),
            "truncated data_cut at cheap");
}

// A dump of `zeros` pages of zeros after one page of data, and how far its end can be known.
TEST(KdumpFileTest, TooManyPagesOfZerosAtTheEnd) {
  constexpr std::uint64_t kMost = 1 << 20;
  for (const std::uint64_t zeros : {kMost - 1, kMost}) {
    Machine machine = SomeMachine();
    std::string dump = KdumpDump(machine, {.codec = "none"});
    const std::uint64_t half = ((zeros + 1) / 8 + 4096) / 4096 * 4096;
    const std::uint64_t descriptors = 8192 + 2 * half, data = descriptors + 24 * (zeros + 1);
    dump.resize(8192);
    Set(dump, 436, 4, 2 * half / 4096);
    Set(dump, 4096 + 96, 8, zeros + 1);
    dump.resize(descriptors);
    for (std::uint64_t i = 0; i < half; ++i) dump[8192 + half + i] = '\xff';
    const auto descriptor = [&](std::uint64_t offset) {
      return NumberBytes(Endian::kLittle, 8, offset) + NumberBytes(Endian::kLittle, 8, 4096) +
             std::string(8, '\0');
    };
    dump += descriptor(data + 4096);
    const std::string zero = descriptor(data);
    for (std::uint64_t i = 0; i < zeros; ++i) dump += zero;
    dump += std::string(4096, '\0') + std::string(4096, 'x');
    const bool known = zeros < kMost;
    EXPECT_EQ(Shown(CheckOf(dump, CheckLevel::kCheap)),
              known ? "complete data_end_checked at cheap" : "unknown data_end_unknown at cheap");
    EXPECT_EQ(Shown(CheckOf(dump, CheckLevel::kDescriptors)),
              "complete descriptors_checked at descriptors");
    dump.pop_back();
    EXPECT_EQ(Shown(CheckOf(dump, CheckLevel::kCheap)),
              known ? "truncated data_cut at cheap" : "unknown data_end_unknown at cheap");
  }
}

TEST(KdumpFileTest, Contents) {
  constexpr auto kSampled = CheckLevel::kSampled;
  constexpr auto kAll = CheckLevel::kPages;
  // Damages the stored bytes of page `index`.
  const auto fill = [](std::uint64_t index, char with) {
    return [=](std::string& dump) {
      const std::uint64_t at = DescriptorAt(dump, index);
      Overwrite(dump, Field(dump, at, 8), std::string(Field(dump, at + 8, 4), with));
    };
  };
  const auto never = [](std::string& dump) {
    Overwrite(dump, DescriptorAt(dump, 20), std::string(24, '\0'));
  };
  ExpectDamages({{"no change", [](std::string&) {}, kSampled, kWhole[2].data()},
                 {"a page of nothing", fill(20, '\0'), kSampled, "damaged page_invalid at sampled"},
                 {"the same, every page", fill(20, '\0'), kAll, "damaged page_invalid at pages"},
                 {"the first of all", fill(1, '\0'), kSampled, "damaged page_invalid at sampled"},
                 {"the last", fill(40, '\xff'), kSampled, "damaged page_invalid at sampled"},
                 {"page of zeros", fill(0, 'x'), kSampled, "damaged page_invalid at sampled"},
                 {"never written", never, kSampled, "damaged descriptor_invalid at sampled"},
                 {"never written, every one", never, kAll, "damaged descriptor_invalid at pages"}},
                {});
  ExpectDamages(
      {{"a raw page of nothing", fill(20, '\0'), kSampled, "damaged zero_filled at sampled"},
       {"the same, every page", fill(20, '\0'), kAll, "damaged zero_filled at pages"},
       {"another page", fill(20, 'x'), kAll, kWhole[4].data()}},
      {.codec = "none"});
  // Where pages of zeros are stored like any other they prove nothing.
  ExpectDamages({{"a raw page of nothing", fill(20, '\0'), kAll, kWhole[4].data()}},
                {.codec = "none", .dump_level = 30, .shared_zero_page = false});
  ExpectDamages({{"stored zeros in a dump without", [](std::string&) {}, kSampled,
                  "damaged zero_filled at sampled"}},
                {.dump_level = 31, .shared_zero_page = false});
}

TEST(KdumpFileTest, CountsAllThatIsBad) {
  std::string dump = KdumpDump(SomeMachine(), {});
  for (const std::uint64_t index : {10, 11, 20}) {
    Overwrite(dump, DescriptorAt(dump, index), std::string(24, '\0'));
  }
  const std::uint64_t page = DescriptorAt(dump, 30);
  Overwrite(dump, Field(dump, page, 8), std::string(Field(dump, page + 8, 4), '\0'));
  const Wholeness pages = CheckOf(dump, CheckLevel::kPages);
  EXPECT_EQ(Shown(pages), "damaged descriptor_invalid at pages");
  EXPECT_EQ(pages.pages, 41U);
  EXPECT_EQ(pages.pages_checked, 41U);
  EXPECT_EQ(pages.pages_bad, 4U);
}

// 400 pages, so that the sample of 64 misses most: page 100 is between two of them.
TEST(KdumpFileTest, DescriptorsThatTheSampleMisses) {
  Machine machine = SomeMachine();
  for (std::uint64_t pfn = 9001; pfn < 9360; ++pfn) machine.pages[pfn] = machine.pages[4];
  std::string dump = KdumpDump(machine, {});
  for (const std::uint64_t index : {100, 102}) {
    Overwrite(dump, DescriptorAt(dump, index), std::string(24, '\xff'));
  }
  EXPECT_EQ(Shown(CheckOf(dump, CheckLevel::kSampled)), kWhole[2]);
  EXPECT_EQ(CheckOf(dump, CheckLevel::kSampled).pages_checked, 64U);
  const Wholeness all = CheckOf(dump, CheckLevel::kDescriptors);
  EXPECT_EQ(Shown(all), "damaged descriptor_invalid at descriptors");
  EXPECT_EQ(all.pages_checked, 400U);
  EXPECT_EQ(all.pages_bad, 2U);
}

TEST(KdumpFileTest, ReadErrorsSayWhatIsWrong) {
  std::string dump = KdumpDump(SomeMachine(), {});
  Overwrite(dump, DescriptorAt(dump, 1), std::string(24, '\0'));
  Overwrite(dump, DescriptorAt(dump, 2), std::string(24, '\xff'));
  const std::uint64_t third = DescriptorAt(dump, 3);
  Overwrite(dump, Field(dump, third, 8), std::string(Field(dump, third + 8, 4), '\0'));
  Set(dump, DescriptorAt(dump, 4), 8, dump.size());
  const MemoryBytes bytes(dump);
  const auto opened = OpenKdump(bytes);
  ASSERT_TRUE(opened);
  const ErrorCode expected[] = {ErrorCode::kNotFound, ErrorCode::kInvalid, ErrorCode::kInvalid,
                                ErrorCode::kInvalid};
  std::byte byte{};
  for (std::uint64_t i = 0; i < std::size(expected); ++i) {
    const auto read = (*opened)->ReadPhysical((4 + i) * 4096, std::span(&byte, 1));
    ASSERT_FALSE(read) << i;
    EXPECT_EQ(read.error().code, expected[i]) << i << read.error().message;
  }
  EXPECT_TRUE((*opened)->ReadPhysical(8 * 4096, std::span(&byte, 1)));
}

// Bytes of which those in [from, to) cannot be read: the disk fails, or nothing was written there.
class BrokenBytes final : public ByteSource {
 public:
  BrokenBytes(std::string bytes, std::uint64_t from, std::uint64_t to, bool fails)
      : bytes_(std::move(bytes)), from_(from), to_(to), fails_(fails) {}
  [[nodiscard]] std::uint64_t Size() const override { return bytes_.Size(); }
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset,
                                             std::span<std::byte> out) const override {
    if (offset >= to_ || offset + out.size() <= from_) return bytes_.ReadSome(offset, out);
    if (fails_) return Fail(ErrorCode::kIo, "Input/output error");
    return bytes_.ReadSome(offset, out.first(offset < from_ ? from_ - offset : 0));
  }

 private:
  MemoryBytes bytes_;
  std::uint64_t from_, to_;
  bool fails_;
};

TEST(KdumpFileTest, WhatCannotBeRead) {
  const std::string dump = KdumpDump(SomeMachine(), {});
  const std::uint64_t bitmap = HeaderOf(dump).bitmaps_end() - 4096;
  const std::uint64_t first = DescriptorAt(dump, 0), last = DescriptorAt(dump, 40);
  struct Row {
    const char* name;
    std::uint64_t from, to;
    bool fails;
    const char* expected;
  };
  const Row rows[] = {
      {"header", 0, 10, true, "unknown read_failed at headers"},
      {"header, a hole", 10, 464, false, "truncated header_cut at headers"},
      {"bitmap", bitmap + 100, bitmap + 101, true, "unknown read_failed at cheap"},
      {"bitmap, a hole", bitmap + 100, bitmap + 101, false, "truncated metadata_cut at cheap"},
      {"behind what the bitmap needs", bitmap + 4000, first, false, kWhole[4].data()},
      {"descriptor", last, last + 1, true, "unknown read_failed at cheap"},
      {"descriptor, a hole", last, last + 1, false, "truncated metadata_cut at cheap"},
      {"data", Field(dump, last, 8), Field(dump, last, 8) + 1, true,
       "unknown read_failed at cheap"},
      {"data, a hole", Field(dump, last, 8), Field(dump, last, 8) + 1, false,
       "damaged page_invalid at pages"},
  };
  for (const auto& row : rows) {
    const BrokenBytes bytes(dump, row.from, row.to, row.fails);
    const auto opened = OpenKdump(bytes);
    const Wholeness wholeness = opened ? (*opened)->Check(CheckLevel::kPages, {}) : opened.error();
    EXPECT_EQ(Shown(wholeness), row.expected) << row.name << ": " << wholeness.detail;
  }
}

TEST(KdumpFileTest, StopsWhenTold) {
  const MemoryBytes bytes(KdumpDump(SomeMachine(), {}));
  const auto opened = OpenKdump(bytes);
  ASSERT_TRUE(opened);
  int calls = 0;
  const auto count = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_LE(done, total);
    ++calls;
    return true;
  };
  EXPECT_EQ(Shown((*opened)->Check(CheckLevel::kPages, count)), kWhole[4]);
  const int all = calls;
  EXPECT_GE(all, 2);
  for (int most = 0; most < all; ++most) {
    const auto again = OpenKdump(bytes);
    int left = most;
    const auto stopped =
        (*again)->Check(CheckLevel::kPages, [&](auto, auto) { return left-- > 0; });
    EXPECT_EQ(stopped.state, DumpState::kUnknown) << most;
    EXPECT_EQ(stopped.reason, "budget") << most;
    EXPECT_LT(stopped.level, CheckLevel::kPages) << most;
    // Not for ever: memory can still be read.
    std::byte byte{};
    EXPECT_TRUE((*again)->ReadPhysical(4 * 4096, std::span(&byte, 1))) << most;
  }
}

TEST(KdumpFileTest, APartAnswersForItself) {
  const auto parts = SplitSet(SomeMachine(), 3);
  ASSERT_EQ(parts.size(), 3U);
  for (const std::string& part : parts) ExpectWhole(part, "part");
  const MemoryBytes bytes(parts[1]);
  const auto opened = OpenKdump(bytes);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->facts().split, (SplitRange{3000, 6000, 1}));
  std::byte byte{};
  const auto read = (*opened)->ReadPhysical(4 * 4096, std::span(&byte, 1));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace kdumpd
