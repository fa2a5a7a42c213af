// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>

#include "daemon/core/text.h"
#include "daemon/vmcore/inspect.h"
#include "tests/support/machine_with_log.h"

// Dumps that end early at every offset there is, and dumps with every byte of their metadata wrong.
namespace kdumpd {
namespace {

// Every offset where the reader is optimised. Not optimised each look takes four times as long,
// with sanitizers ten times, so there a part of them: strides that are prime to all sizes of
// fields.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KDUMPD_SANITIZED
#endif
#endif
#if defined(KDUMPD_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStride = 11;
#elif !defined(NDEBUG)
constexpr std::size_t kStride = 5;
#else
constexpr std::size_t kStride = 1;
#endif

// The first bytes of a text that is somebody else's.
class ViewBytes final : public ByteSource {
 public:
  explicit ViewBytes(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] std::uint64_t Size() const override { return bytes_.size(); }
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset,
                                             std::span<std::byte> out) const override {
    if (offset >= bytes_.size()) return 0;
    const auto piece = bytes_.substr(offset, out.size());
    std::memcpy(out.data(), piece.data(), piece.size());
    return piece.size();
  }

 private:
  std::string_view bytes_;
};

InspectOptions Thorough() {
  InspectOptions options;
  options.level = CheckLevel::kSampled;
  return options;
}
// Without the log and the pages: what every dump costs always.
InspectOptions Quick() {
  InspectOptions options;
  options.level = CheckLevel::kCheap;
  options.log.records = 0;
  return options;
}

Inspection Look(const std::vector<std::string_view>& files,
                const InspectOptions& options = Thorough()) {
  std::vector<ViewBytes> views(files.begin(), files.end());
  std::vector<const ByteSource*> sources;
  for (const ViewBytes& view : views) sources.push_back(&view);
  Inspection inspection = Inspect(sources, options);
  EXPECT_FALSE(inspection.wholeness.reason.empty());
  EXPECT_LE(inspection.wholeness.pages_bad, inspection.wholeness.pages_checked);
  return inspection;
}

struct Sample {
  std::string name;
  std::string bytes;
  std::size_t metadata;   // bytes before the data of the pages: they say where something else is
  std::string sibling{};  // the rest of a split set
};

Machine Crashed(std::string_view architecture, LogPlacement placement = {}) {
  placement.size_bits = 10;
  placement.count_bits = 4;
  Machine machine = MachineWithLog(architecture, "ring", SampleLog(), placement);
  machine.cpus = 1;
  return machine;
}

std::vector<Sample> Samples() {
  const Machine x86 = Crashed("x86_64");
  const Machine s390 = Crashed("s390x");
  LogPlacement large;
  large.page_size = 65536;
  const std::string kdump = KdumpDump(x86);
  const std::string elf = ElfDump(s390);
  const std::vector<std::string> split = SplitSet(x86, 2);
  // Header, sub header and notes, two bitmaps of a block each, descriptors.
  constexpr std::size_t kKdump = 4 * 4096 + 24 * 32;
  constexpr std::size_t kElf = 4096;
  return {
      {"kdump zlib", kdump, kKdump},
      {"kdump lzo 64K", KdumpDump(Crashed("aarch64", large), {.codec = "lzo"}), 4 * 65536 + 512},
      {"elf", elf, kElf},
      {"flattened kdump", Flattened(kdump, {.record_bytes = 4096}), 4096 + kKdump + 256},
      {"flattened elf", Flattened(elf, {.record_bytes = 4096}), 4096 + kElf},
      {"split part", split[1], kKdump, split[0]}};
}

std::vector<std::string_view> Files(const Sample& sample, std::string_view bytes) {
  if (sample.sibling.empty()) return {bytes};
  return {bytes, sample.sibling};
}

// Inside a run of zeros, where offsets differ only in how many follow, every 256th alone.
std::vector<std::size_t> OffsetsOfInterest(std::string_view bytes) {
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at < bytes.size(); at += kStride) {
    const std::string_view around = bytes.substr(at < 32 ? 0 : at - 32, 64);
    const bool zeros = around.find_first_not_of('\0') == around.npos;
    if (!zeros || at / kStride % 256 == 0) offsets.push_back(at);
  }
  return offsets;
}

std::vector<std::size_t> Offsets(std::string_view bytes) {
  if (bytes.size() > 64 << 10) return OffsetsOfInterest(bytes);
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at < bytes.size(); at += kStride) offsets.push_back(at);
  return offsets;
}

std::string Counts(const std::map<std::string, std::size_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += Cat("  ", name, ' ', count);
  return text;
}

TEST(Truncation, WholeSamplesAreWhole) {
  for (const Sample& sample : Samples()) {
    const Inspection inspection = Look(Files(sample, sample.bytes));
    EXPECT_EQ(inspection.wholeness.state, DumpState::kComplete)
        << sample.name << ": " << inspection.wholeness.reason << ", "
        << inspection.wholeness.detail;
    EXPECT_EQ(inspection.log.kind, "ring") << sample.name << ": " << inspection.log.reason;
    EXPECT_GE(inspection.log.records, SampleLog().size() - 1) << sample.name;
  }
}

TEST(Truncation, CutAnywhereIsNeverComplete) {
  if (kStride > 1) std::printf("not optimised, or sanitized: every %zuth offset\n", kStride);
  for (const Sample& sample : Samples()) {
    std::map<std::string, std::size_t> counts;
    for (const std::size_t size : Offsets(sample.bytes)) {
      const auto files = Files(sample, std::string_view(sample.bytes).substr(0, size));
      const Inspection inspection = Look(files, size % 16 == 0 ? Thorough() : Quick());
      ++counts[std::string(Name(inspection.wholeness.state))];
      ASSERT_NE(inspection.wholeness.state, DumpState::kComplete)
          << sample.name << " cut to " << size << " of " << sample.bytes.size();
    }
    std::printf("%s, %zu bytes:%s\n", sample.name.c_str(), sample.bytes.size(),
                Counts(counts).c_str());
    EXPECT_GT(counts["truncated"], sample.sibling.empty() ? 200 / kStride : 0) << sample.name;
  }
}

TEST(Truncation, NoByteOfTheMetadataIsTrusted) {
  for (const Sample& sample : Samples()) {
    std::map<std::string, std::size_t> counts;
    std::string bytes = sample.bytes;
    const auto metadata = std::string_view(sample.bytes).substr(0, sample.metadata);
    for (const std::size_t at : OffsetsOfInterest(metadata)) {
      const char right = bytes[at];
      for (const int wrong : {0, right ^ 0xff}) {
        bytes[at] = static_cast<char>(wrong);
        if (bytes[at] == right) continue;
        const Inspection inspection =
            Look(Files(sample, bytes), at % 4 == 0 ? Thorough() : Quick());
        ++counts[std::string(Name(inspection.wholeness.state))];
      }
      bytes[at] = right;
    }
    std::printf("%s:%s\n", sample.name.c_str(), Counts(counts).c_str());
    EXPECT_GT(counts["damaged"] + counts["truncated"], 60 / kStride) << sample.name;
  }
}

// Power was lost before the data reached the disk: the size is right, the end is zeros.
TEST(Truncation, ZeroFilledTailIsDamaged) {
  for (const Sample& sample : Samples()) {
    if (sample.name == "elf") continue;  // zeros are as good as any other memory
    std::string bytes = sample.bytes;
    const std::size_t zeros = std::min<std::size_t>(bytes.size() / 4, 300);
    std::fill(bytes.end() - static_cast<std::ptrdiff_t>(zeros), bytes.end(), '\0');
    const Inspection inspection = Look(Files(sample, bytes));
    EXPECT_EQ(inspection.wholeness.state, DumpState::kDamaged)
        << sample.name << ": " << inspection.wholeness.reason;
  }
}

// makedumpfile was killed: the last descriptors are a hole, the data end early, no flag is set.
TEST(Truncation, KilledWriterIsNeverComplete) {
  const Machine machine = Crashed("x86_64");
  for (const std::string_view codec : {"none", "zlib", "lzo", "snappy", "zstd", "mixed"}) {
    KdumpOptions options;
    options.codec = codec;
    options.incomplete = true;
    std::string bytes = KdumpDump(machine, options);
    EXPECT_EQ(Look({bytes}).wholeness.state, DumpState::kIncomplete) << codec;
    constexpr std::size_t kStatus = 424;
    bytes[kStatus] = static_cast<char>(bytes[kStatus] & ~0x8);
    const DumpState state = Look({bytes}).wholeness.state;
    EXPECT_TRUE(state == DumpState::kTruncated || state == DumpState::kDamaged)
        << codec << ": " << Name(state);
  }
}

}  // namespace
}  // namespace kdumpd
