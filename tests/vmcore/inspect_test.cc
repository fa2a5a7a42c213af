// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/inspect.h"

#include <gtest/gtest.h>

#include "daemon/core/inspect_wire.h"
#include "daemon/core/text.h"
#include "tests/support/machine_with_log.h"
#include "tests/support/memory_bytes.h"

namespace kdumpd {
namespace {

struct Answer {
  Inspection inspection;
  std::string log;
  std::vector<std::size_t> batches;
};

Answer Look(const std::vector<std::string>& files, CheckLevel level = CheckLevel::kSampled,
            bool log = true, Progress progress = {}) {
  std::vector<MemoryBytes> bytes(files.begin(), files.end());
  std::vector<const ByteSource*> sources;
  for (const MemoryBytes& file : bytes) sources.push_back(&file);
  Answer answer;
  InspectOptions options;
  options.level = level;
  options.progress = std::move(progress);
  if (!log) options.log.records = 0;
  options.line = [&answer](std::string_view lines) {
    EXPECT_TRUE(lines.ends_with('\n'));
    answer.batches.push_back(lines.size());
    answer.log += lines;
  };
  answer.inspection = Inspect(sources, options);
  return answer;
}

std::string Shown(const Inspection& inspection) {
  return Cat(Name(inspection.format), ' ', Name(inspection.wholeness.state), ' ',
             inspection.wholeness.reason, inspection.container.empty() ? "" : " ",
             inspection.container);
}
std::string State(const std::vector<std::string>& files, CheckLevel level = CheckLevel::kSampled,
                  bool log = true) {
  return Shown(Look(files, level, log).inspection);
}

Machine Crashed(std::string_view architecture = "x86_64") {
  return MachineWithLog(architecture, "ring", SampleLog());
}

// A ring keeps nothing of an empty line but its place.
std::string Log(const std::vector<LogLine>& lines) {
  std::string log;
  for (const LogLine& line : lines) {
    if (line.text.empty()) continue;
    LogRecord record;
    record.nanoseconds = line.nanoseconds;
    record.facility = line.facility;
    record.level = line.level;
    record.text = line.text;
    AppendLines(record, log);
  }
  return log;
}

TEST(InspectTest, FactsAndLogOfEveryContainer) {
  const Machine machine = Crashed();
  const std::string kdump = KdumpDump(machine), elf = ElfDump(machine);
  struct Row {
    const char* name;
    std::string bytes;
    const char* expected;
  };
  const Row rows[] = {
      {"kdump", kdump, "kdump complete pages_sampled"},
      {"elf", elf, "elf complete data_end_checked"},
      {"flattened kdump", Flattened(kdump), "kdump complete pages_sampled flattened"},
      {"flattened elf", Flattened(elf), "elf complete data_end_checked flattened"},
  };
  for (const auto& row : rows) {
    const Answer answer = Look({row.bytes});
    const Inspection& found = answer.inspection;
    EXPECT_EQ(Shown(found), row.expected) << row.name;
    EXPECT_EQ(found.bytes, row.bytes.size()) << row.name;
    EXPECT_EQ(found.architecture, "x86_64") << row.name;
    EXPECT_EQ(found.kernel_release, machine.release) << row.name;
    EXPECT_EQ(found.kernel_version, machine.version) << row.name;
    EXPECT_EQ(found.node, machine.node) << row.name;
    EXPECT_EQ(found.crash_time, machine.crash_time) << row.name;
    EXPECT_EQ(found.cpus, machine.cpus) << row.name;
    EXPECT_EQ(found.page_size, machine.page_size) << row.name;
    EXPECT_EQ(found.translation, "") << row.name;
    EXPECT_EQ(found.wholeness.pages, machine.pages.size()) << row.name;
    EXPECT_EQ(found.log.kind, "ring") << row.name;
    EXPECT_EQ(found.log.records, SampleLog().size() - 1) << row.name;
    EXPECT_EQ(answer.log, Log(SampleLog())) << row.name;
    const bool is_kdump = found.format == DumpFormat::kKdump;
    EXPECT_EQ(found.compression, is_kdump ? "zlib" : "none") << row.name;
    EXPECT_EQ(found.header_version, is_kdump ? std::optional(6) : std::nullopt) << row.name;
    EXPECT_EQ(found.dump_level, is_kdump ? std::optional(31) : std::nullopt) << row.name;
  }
}

TEST(InspectTest, BuildIdAndOtherMachines) {
  for (const char* architecture : {"aarch64", "ppc64le", "s390x"}) {
    const Machine machine = Crashed(architecture);
    for (const std::string& dump : {ElfDump(machine), Flattened(KdumpDump(machine))}) {
      const Answer answer = Look({dump});
      EXPECT_EQ(answer.inspection.architecture, architecture);
      EXPECT_EQ(answer.inspection.build_id, "0123456789abcdef0123456789abcdef01234567");
      EXPECT_EQ(answer.log, Log(SampleLog())) << architecture;
    }
  }
}

TEST(InspectTest, WhatIsNoDump) {
  struct Row {
    std::string bytes;
    const char* expected;
  };
  std::string program = ElfDump(BareMachine("x86_64"));
  program[16] = 2;
  const Row rows[] = {
      {"", "none truncated empty"},
      {"\x1f\x8b\x08rest", "compressed_file unknown compressed_container gzip"},
      {"BZh91AY", "compressed_file unknown compressed_container bzip2"},
      {std::string("\xfd\x37zXZ\0\4", 7), "compressed_file unknown compressed_container xz"},
      {"\x04\x22\x4d\x18rest", "compressed_file unknown compressed_container lz4"},
      {"\x28\xb5\x2f\xfdrest", "compressed_file unknown compressed_container zstd"},
      {"\x89LZO", "compressed_file unknown compressed_container lzop"},
      {std::string(10'000, '\0'), "other damaged zero_filled"},
      {"x" + std::string(10'000, '\0'), "other unknown not_a_dump"},
      {"hello", "other unknown not_a_dump"},
      {program, "other unknown not_a_dump"},
      {"KDUMP   ", "kdump truncated header_cut"},
      {"\177ELF", "elf truncated header_cut"},
      {Flattened("").substr(0, 4000), "flattened truncated header_cut flattened"},
      {Flattened("no dump at all"), "flattened damaged header_invalid flattened"},
      {Flattened("", {.end_marker = false}) + std::string(16, '\0'),
       "flattened damaged record_invalid flattened"},
  };
  for (const auto& row : rows) EXPECT_EQ(State({row.bytes}), row.expected) << row.bytes.size();
  const Inspection nothing = Inspect({}, {});
  EXPECT_EQ(Shown(nothing), "none unknown no_files");
}

TEST(InspectTest, HowAFlattenedStreamEndedCountsFirst) {
  const Machine machine = Crashed();
  const std::string kdump = KdumpDump(machine), elf = ElfDump(machine);
  const std::string unfinished = KdumpDump(machine, {.incomplete = true});
  const FlattenedOptions open{.end_marker = false};
  const std::string stream = Flattened(kdump);
  struct Row {
    const char* name;
    std::string bytes;
    const char* expected;
  };
  const Row rows[] = {
      {"no end marker", Flattened(kdump, open), "truncated end_marker_missing"},
      {"no end marker, elf", Flattened(elf, open), "truncated end_marker_missing"},
      {"half", stream.substr(0, stream.size() / 2), "truncated end_marker_missing"},
      {"bytes behind the end", stream + "x", "damaged record_invalid"},
      {"the writer says so", Flattened(unfinished), "incomplete incomplete_flag"},
      {"the writer says so, elf", Flattened(ElfDump(machine, {.incomplete = true})),
       "incomplete incomplete_flag"},
      {"cut before it was flattened", Flattened(elf.substr(0, elf.size() - 1)),
       "truncated segments_cut"},
  };
  for (const auto& row : rows) {
    for (const auto level : {CheckLevel::kCheap, CheckLevel::kSampled, CheckLevel::kPages}) {
      for (const bool log : {false, true}) {
        const Wholeness whole = Look({row.bytes}, level, log).inspection.wholeness;
        EXPECT_EQ(Cat(Name(whole.state), ' ', whole.reason), row.expected)
            << row.name << " " << Name(level);
      }
    }
  }
}

// More than one record in 64 KiB, so that the beginning and the end can stand for the rest.
TEST(InspectTest, CheapLookAtALongFlattenedFile) {
  const Machine machine = Crashed();
  const std::string stream = Flattened(KdumpDump(machine), {.record_bytes = 256});
  const auto cheap = [](const std::string& bytes) {
    return Look({bytes}, CheckLevel::kCheap, false).inspection;
  };
  const Inspection whole = cheap(stream);
  EXPECT_EQ(Shown(whole), "kdump complete data_end_checked flattened");
  EXPECT_EQ(whole.kernel_release, machine.release);
  EXPECT_EQ(whole.node, machine.node);
  EXPECT_EQ(whole.cpus, machine.cpus);
  EXPECT_EQ(whole.wholeness.level, CheckLevel::kCheap);
  const std::string cut = stream.substr(0, stream.size() - 1);
  EXPECT_EQ(Shown(cheap(cut)), "kdump truncated end_marker_missing flattened");
  const std::string unfinished =
      Flattened(KdumpDump(machine, {.incomplete = true}), {.record_bytes = 256});
  EXPECT_EQ(Shown(cheap(unfinished)), "kdump incomplete incomplete_flag flattened");
  const std::string elf = Flattened(ElfDump(machine), {.record_bytes = 256});
  EXPECT_EQ(Shown(cheap(elf)), "elf complete end_marker_found flattened");
  EXPECT_EQ(cheap(elf).kernel_release, machine.release);
}

TEST(InspectTest, SplitSets) {
  const std::vector<std::string> parts = SplitSet(Crashed(), 3);
  const std::uint64_t all = parts[0].size() + parts[1].size() + parts[2].size();
  for (const auto& order : {parts, {parts[2], parts[0], parts[1]}}) {
    const Answer answer = Look(order);
    EXPECT_EQ(Shown(answer.inspection), "kdump complete pages_sampled");
    ASSERT_TRUE(answer.inspection.split);
    EXPECT_EQ(answer.inspection.split->parts, 3U);
    EXPECT_EQ(answer.inspection.bytes, all);
    EXPECT_EQ(answer.log, Log(SampleLog()));
  }
  EXPECT_EQ(State({parts[1]}), "kdump incomplete split_parts_missing");
  EXPECT_EQ(State({parts[0], parts[2]}), "kdump incomplete split_parts_missing");
  EXPECT_EQ(State({Flattened(parts[1])}), "kdump incomplete split_parts_missing flattened");
  // A file beside them that belongs to another set.
  Machine other = Crashed();
  other.crash_time += 1;
  std::vector<std::string> strangers = parts;
  strangers.push_back(SplitSet(other, 3)[1]);
  EXPECT_EQ(Look(strangers).inspection.bytes, all);
  EXPECT_EQ(Look(strangers).inspection.split->parts, 3U);
  // Files beside a dump that is no part of a set are not looked at.
  const std::string kdump = KdumpDump(Crashed());
  EXPECT_EQ(Look({kdump, parts[0]}).inspection.bytes, kdump.size());
}

TEST(InspectTest, TheLogOfADumpThatIsNotWhole) {
  const std::string elf = ElfDump(Crashed());
  const Answer cut = Look({elf.substr(0, elf.size() - 1)});
  EXPECT_EQ(Shown(cut.inspection), "elf truncated segments_cut");
  EXPECT_EQ(cut.inspection.wholeness.needs_bytes, elf.size());
  EXPECT_EQ(cut.log, Log(SampleLog()));
  const Answer open = Look({Flattened(KdumpDump(Crashed()), {.end_marker = false})});
  EXPECT_EQ(open.log, Log(SampleLog()));
}

// Each line of a record is told with its time, which can be twenty times its own bytes: what is too
// much goes at the old end, since what crashed stands at the new one.
TEST(InspectTest, OfALogThatGrowsWhenToldTheOldestGoes) {
  std::vector<LogLine> lines(2000, LogLine{std::string(1000, '\n'), 1});
  lines.push_back({"Kernel panic - not syncing: the last", 2});
  const LogPlacement placement{.size_bits = 22, .count_bits = 12, .in_image = true};
  const std::string dump = ElfDump(MachineWithLog("x86_64", "ring", lines, placement));
  const MemoryBytes bytes(dump);
  const ByteSource* const files[] = {&bytes};
  std::string log;
  InspectOptions options;
  options.log = kMaxLog;
  options.line = [&log](std::string_view text) { log += text; };
  const Inspection inspection = Inspect(files, options);
  EXPECT_TRUE(log.ends_with("Kernel panic - not syncing: the last\n"));
  EXPECT_LE(log.size(), kMaxLogBytes);
  EXPECT_GT(log.size(), kMaxLogBytes / 2);
  EXPECT_GT(inspection.log.dropped_older, 0U);
  EXPECT_EQ(inspection.log.records + inspection.log.dropped_older, lines.size());
  EXPECT_EQ(inspection.log.first_sequence, inspection.log.dropped_older);
}

// One page of a dump is bad, and it is the one that would prove the translation: the log is there
// all the same, and nothing is invented where there is none.
TEST(InspectTest, TheLogWithoutTheUtsname) {
  Machine machine = Crashed();
  const Vmcoreinfo notes(machine.VmcoreinfoText());
  const auto uts = notes.Symbol("init_uts_ns");
  ASSERT_TRUE(uts);
  const auto physical = *uts - 0xffffffff80000000 + notes.Number("phys_base").value_or(0);
  ASSERT_EQ(machine.pages.erase(physical / machine.page_size), 1U);
  const Answer answer = Look({KdumpDump(machine)});
  EXPECT_EQ(answer.log, Log(SampleLog()));
  EXPECT_EQ(answer.inspection.translation, "");
  EXPECT_EQ(answer.inspection.kernel_release, machine.release);
}

TEST(InspectTest, NoLogWhereNoneIsWanted) {
  const Answer answer = Look({ElfDump(Crashed())}, CheckLevel::kCheap, false);
  EXPECT_EQ(answer.log, "");
  EXPECT_EQ(answer.inspection.log, LogFacts{});
  EXPECT_EQ(answer.inspection.node, Crashed().node);
}

TEST(InspectTest, NoTranslationIsAFact) {
  Machine machine = Crashed("aarch64");
  machine.vmcoreinfo.clear();
  const Answer answer = Look({KdumpDump(machine)});
  EXPECT_EQ(Shown(answer.inspection), "kdump complete pages_sampled");
  EXPECT_NE(answer.inspection.translation, "");
  EXPECT_EQ(answer.inspection.log.reason, "no_translation");
  EXPECT_EQ(answer.inspection.log.detail, answer.inspection.translation);
  EXPECT_EQ(answer.inspection.kernel_release, machine.release);
}

TEST(InspectTest, LongLogsComeInBatches) {
  std::vector<LogLine> lines;
  for (int i = 0; i < 900; ++i) {
    LogLine& line = lines.emplace_back();
    line.nanoseconds = 1'000'000U * static_cast<unsigned>(i);
    line.text = Cat(i, ' ', std::string(200, 'x'));
  }
  const Machine machine =
      MachineWithLog("x86_64", "ring", lines, {.size_bits = 18, .count_bits = 10});
  const Answer answer = Look({ElfDump(machine)});
  EXPECT_EQ(answer.log, Log(lines));
  EXPECT_GE(answer.batches.size(), 3U);
  EXPECT_LE(answer.batches.size(), 5U);
  for (const std::size_t size : answer.batches) EXPECT_LE(size, 60U << 10);
}

TEST(InspectTest, ProgressStopsAndNothingIsComplete) {
  const std::string kdump = KdumpDump(Crashed());
  const auto never = [](auto, auto) { return false; };
  const std::string stream = Flattened(kdump, {.record_bytes = 64});
  const Answer answer = Look({stream}, CheckLevel::kPages, false, never);
  EXPECT_EQ(answer.inspection.wholeness.state, DumpState::kUnknown);
  EXPECT_EQ(answer.inspection.wholeness.reason, "budget");
}

class FailingBytes final : public ByteSource {
 public:
  [[nodiscard]] std::uint64_t Size() const override { return 1 << 20; }
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t, std::span<std::byte>) const override {
    return Fail(ErrorCode::kIo, "Input/output error");
  }
};

TEST(InspectTest, ADiskThatFails) {
  const FailingBytes disk;
  const ByteSource* files[] = {&disk};
  const Inspection found = Inspect(files, {});
  EXPECT_EQ(Shown(found), "none unknown read_failed");
  EXPECT_EQ(found.wholeness.detail, "Input/output error");
  EXPECT_EQ(found.bytes, disk.Size());
}

}  // namespace
}  // namespace kdumpd
