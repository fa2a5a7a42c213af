// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "daemon/core/text.h"
#include "daemon/vmcore/inspect.h"
#include "daemon/vmcore/vmcoreinfo.h"
#include "tests/support/kdumpfile.h"
#include "tests/support/machine_with_log.h"
#include "tests/support/memory_bytes.h"
#include "tests/support/process.h"

// Our reader against others, written by others: every page, the notes, the log.
namespace kdumpd {
namespace {

struct Sample {
  std::string kind;  // at least one of each kind must be read by the other reader too
  std::string name;
  Machine machine;
  std::vector<std::string> files;
};

struct Kernel {
  std::string_view architecture;
  std::uint64_t page_size;
  std::string_view log;
};
constexpr Kernel kKernels[] = {
    {"x86_64", 4096, "ring"},   {"x86_64", 4096, "records"},   {"aarch64", 4096, "ring"},
    {"aarch64", 16384, "ring"}, {"aarch64", 65536, "records"}, {"ppc64le", 65536, "ring"},
    {"ppc64", 65536, "ring"},   {"s390x", 4096, "ring"},       {"s390x", 4096, "records"},
};

std::vector<Sample> KernelSamples() {
  std::vector<Sample> samples;
  for (const Kernel& kernel : kKernels) {
    LogPlacement placement;
    placement.page_size = kernel.page_size;
    const Machine machine = MachineWithLog(kernel.architecture, kernel.log, SampleLog(), placement);
    const std::string name = Cat(kernel.architecture, ' ', kernel.page_size, ' ', kernel.log);
    samples.push_back({"elf", name + " elf", machine, {ElfDump(machine)}});
    samples.push_back({"kdump", name + " kdump", machine, {KdumpDump(machine)}});
  }
  return samples;
}

std::vector<Sample> FormatSamples() {
  std::vector<Sample> samples;
  for (const std::string_view architecture :
       {"x86_64", "s390x", "ppc64", "i686", "armv7l", "ppc"}) {
    const Machine machine = BareMachine(architecture);
    for (const std::string_view codec : {"none", "zlib", "lzo", "snappy", "zstd", "mixed"}) {
      const std::string name = Cat("kdump ", codec);
      samples.push_back(
          {name, Cat(architecture, ' ', name), machine, {KdumpDump(machine, {.codec = codec})}});
    }
    for (const bool overlapping : {false, true}) {
      const std::string kind = machine.word_bytes == 8 ? "elf 64 bits" : "elf 32 bits";
      samples.push_back({kind,
                         Cat(architecture, ' ', kind, overlapping ? " overlapping" : ""),
                         machine,
                         {ElfDump(machine, {.overlapping = overlapping})}});
    }
  }
  const Machine machine = BareMachine("x86_64");
  for (int version = 1; version <= 6; ++version) {
    KdumpOptions options;
    options.header_version = version;
    const std::string name = Cat("kdump version ", version);
    samples.push_back({name, name, machine, {KdumpDump(machine, options)}});
  }
  KdumpOptions single;
  single.single_bitmap = true;
  samples.push_back({"kdump single bitmap", "", machine, {KdumpDump(machine, single)}});
  samples.push_back({"kdump split", "", machine, SplitSet(machine, 3)});
  ElfOptions extended;
  extended.extended_phnum = true;
  samples.push_back({"elf extended", "", machine, {ElfDump(machine, extended)}});
  return samples;
}

// Our reader on a sample.
class Ours {
 public:
  explicit Ours(const Sample& sample) {
    files_.reserve(sample.files.size());
    for (const std::string& file : sample.files) files_.emplace_back(file);
    for (const MemoryBytes& file : files_) sources_.push_back(&file);
    const bool elf = sample.files.front().starts_with(
        "\x7f"
        "ELF");
    Opened opened = files_.size() > 1 ? OpenSplitSet(sources_)
                    : elf             ? OpenElf(files_.front())
                                      : OpenKdump(files_.front());
    EXPECT_TRUE(opened.has_value()) << sample.name << ": " << opened.error().detail;
    if (opened) container_ = std::move(*opened);
  }
  [[nodiscard]] Container* container() const { return container_.get(); }
  [[nodiscard]] const std::vector<const ByteSource*>& sources() const { return sources_; }
  [[nodiscard]] std::optional<std::string> Physical(std::uint64_t address, std::size_t size) const {
    std::string bytes(size, '\0');
    const auto read = container_->ReadPhysical(address, std::as_writable_bytes(std::span(bytes)));
    return read ? std::optional(bytes) : std::nullopt;
  }

 private:
  std::vector<MemoryBytes> files_;
  std::vector<const ByteSource*> sources_;
  std::unique_ptr<Container> container_;
};

void ExpectSamePages(const Sample& sample, const Ours& ours, const Kdumpfile& theirs) {
  const std::uint64_t page = sample.machine.page_size;
  const bool elf = ours.container()->facts().format == DumpFormat::kElf;
  for (std::uint64_t pfn = 0; pfn < sample.machine.EndPfn() + 2; ++pfn) {
    const auto mine = ours.Physical(pfn * page, page);
    auto other = theirs.Physical(pfn * page, page);
    // libkdumpfile fills holes between the segments of an ELF core with zeros.
    if (elf && !sample.machine.pages.contains(pfn)) other.reset();
    ASSERT_TRUE(mine == other) << "page frame " << pfn << (mine ? "" : ", we have none")
                               << (other ? "" : ", they have none");
  }
}

// What was put in, where nobody else can be asked.
void ExpectOwnPages(const Sample& sample, const Ours& ours) {
  const std::uint64_t page = sample.machine.page_size;
  for (std::uint64_t pfn = 0; pfn < sample.machine.EndPfn() + 2; ++pfn) {
    const auto written = sample.machine.pages.find(pfn);
    const auto read = ours.Physical(pfn * page, page);
    const bool same = written == sample.machine.pages.end() ? !read : read == written->second;
    ASSERT_TRUE(same) << "page frame " << pfn;
  }
}

void ExpectSameFacts(const Ours& ours, const Kdumpfile& theirs) {
  const ContainerFacts& facts = ours.container()->facts();
  const Vmcoreinfo notes(facts.vmcoreinfo);
  EXPECT_EQ(notes.Text("CRASHTIME"), theirs.Text("linux.vmcoreinfo.lines.CRASHTIME").value_or(""));
  EXPECT_EQ(notes.Text("BUILD-ID"), theirs.Text("linux.vmcoreinfo.lines.BUILD-ID").value_or(""));
  EXPECT_EQ(facts.cpus, theirs.Number("cpu.number"));
  EXPECT_EQ(facts.endian == Endian::kBig ? KDUMP_BIG_ENDIAN : KDUMP_LITTLE_ENDIAN,
            theirs.Number("arch.byte_order"));
  EXPECT_EQ(facts.word_bytes, theirs.Number("arch.ptr_size"));
  if (facts.format != DumpFormat::kKdump) return;
  EXPECT_EQ(facts.node, theirs.Text("linux.uts.nodename"));
  EXPECT_EQ(facts.release, theirs.Text("linux.uts.release"));
  EXPECT_EQ(facts.version, theirs.Text("linux.uts.version"));
  EXPECT_EQ(facts.machine, theirs.Text("linux.uts.machine"));
  EXPECT_EQ(facts.page_size, theirs.Number("arch.page_size"));
}

// Why the other reader cannot read a sample; "" when it can. Version 0.5.1 opens dumps of 32-bit
// ARM and PowerPC, and knows neither their notes nor how their headers are aligned.
std::string WhyNot(const Sample& sample, const Kdumpfile& theirs) {
  const std::string& architecture = sample.machine.architecture;
  if (architecture == "armv7l" || architecture == "ppc") return "architecture not known";
  return theirs.error();
}

void ExpectSame(const std::vector<Sample>& samples) {
  std::map<std::string, int> read;
  for (const Sample& sample : samples) {
    SCOPED_TRACE(Cat(sample.kind, ' ', sample.name));
    const Ours ours(sample);
    ASSERT_NE(ours.container(), nullptr);
    const Kdumpfile theirs(sample.files);
    int& count = read[sample.kind];
    if (const std::string why = WhyNot(sample, theirs); !why.empty()) {
      std::printf("not read by libkdumpfile: %s: %s\n", sample.name.c_str(), why.c_str());
      ExpectOwnPages(sample, ours);
      continue;
    }
    ++count;
    ExpectSamePages(sample, ours, theirs);
    ExpectSameFacts(ours, theirs);
  }
  for (const auto& [kind, count] : read) EXPECT_GT(count, 0) << kind << ": read by nobody else";
}

TEST(Differential, KernelsAreReadAlike) { ExpectSame(KernelSamples()); }
TEST(Differential, FormatsAreReadAlike) { ExpectSame(FormatSamples()); }

// As makedumpfile prints it: without the priority.
std::string OurLog(const Ours& ours) {
  std::string log;
  InspectOptions options;
  options.log = kMaxLog;
  options.line = [&log](std::string_view text) {
    for (const std::string_view line : Lines(text)) {
      log += Cat(line.substr(line.find('>') + 1), '\n');
    }
  };
  const Inspection inspection = Inspect(ours.sources(), options);
  EXPECT_EQ(inspection.wholeness.state, DumpState::kComplete) << inspection.wholeness.detail;
  return log;
}

std::string Printed(const std::vector<LogLine>& lines) {
  std::string text;
  for (const LogLine& line : lines) {
    LogRecord record;
    record.nanoseconds = line.nanoseconds;
    record.text = line.text;
    AppendLines(record, text);
  }
  std::string plain;
  for (const std::string_view line : Lines(text))
    plain += Cat(line.substr(line.find('>') + 1), '\n');
  return plain;
}

// Every record that was written comes out, in all layouts, whether another can read them or not.
// Like makedumpfile, a ring's records without text are left out.
TEST(Differential, LogsOfAllKernelsAreWhatWasWritten) {
  std::vector<LogLine> with_text = SampleLog();
  std::erase_if(with_text, [](const LogLine& line) { return line.text.empty(); });
  for (const Sample& sample : KernelSamples()) {
    const bool ring = sample.name.find("ring") != sample.name.npos;
    EXPECT_EQ(OurLog(Ours(sample)), Printed(ring ? with_text : SampleLog())) << sample.name;
  }
}

// What makedumpfile 1.7.2 prints otherwise than we do, on purpose: it pads the second line of a
// record with blanks, sign-extends bytes above 0x7f, and leaves out records of a ring without text.
std::vector<LogLine> PlainLog() {
  std::vector<LogLine> lines = SampleLog();
  std::erase_if(lines, [](const LogLine& line) {
    const bool plain = std::ranges::all_of(line.text, [](char c) { return c != '\n' && c > 0; });
    return line.text.empty() || !plain;
  });
  return lines;
}

std::string TheirLog(const Kdumpfile& dump) {
  const std::string log = dump.paths().front() + ".log";
  Process makedumpfile({"makedumpfile", "--dump-dmesg", dump.paths().front(), log}, log + ".out");
  EXPECT_EQ(makedumpfile.Wait(), 0) << makedumpfile.Output();
  return FileText(log);
}

TEST(Differential, LogIsTheOneOfMakedumpfile) {
  if (::access("/usr/bin/makedumpfile", X_OK) != 0) GTEST_SKIP() << "makedumpfile is not installed";
  ASSERT_GE(PlainLog().size(), 5U);
  for (const std::string_view kernel : {"ring", "records"}) {
    for (const bool in_image : {false, true}) {
      for (const bool five_levels : {false, true}) {
        LogPlacement placement;
        placement.in_image = in_image;
        placement.five_levels = five_levels;
        const Machine machine = MachineWithLog("x86_64", kernel, PlainLog(), placement);
        for (const std::string& file :
             {ElfDump(machine), KdumpDump(machine), KdumpDump(machine, {.codec = "lzo"})}) {
          SCOPED_TRACE(Cat(kernel, in_image ? " image" : "", five_levels ? " 5 levels" : ""));
          const Sample sample{"", "x86_64", machine, {file}};
          const Ours ours(sample);
          const std::string theirs = TheirLog(Kdumpfile(sample.files));
          EXPECT_GT(theirs.size(), 200U);
          EXPECT_EQ(OurLog(ours), theirs);
        }
      }
    }
  }
}

}  // namespace
}  // namespace kdumpd
