// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "daemon/core/text.h"
#include "daemon/vmcore/inspect.h"
#include "tests/support/dump_fixtures.h"
#include "tests/support/sha256.h"

// Real crashes of Debian kernels in QEMU, whole and damaged: what each is, what it says, its log.
//
// Looks at tests/fixtures/dumps, and where the environment variable KDUMPD_FIXTURES names a
// directory, at every manifest.json in it: a larger collection of the same kind.
namespace kdumpd {
namespace {

struct Answer {
  Inspection inspection;
  std::string log;  // without "<priority>"
};

Answer Look(const std::vector<OpenFixture>& files) {
  std::vector<const ByteSource*> sources;
  for (const OpenFixture& file : files) sources.push_back(&file.bytes());
  Answer answer;
  InspectOptions options;
  options.level = CheckLevel::kSampled;
  options.log = kMaxLog;
  options.line = [&answer](std::string_view text) {
    for (std::string_view line : Lines(text)) {
      if (line.starts_with('<')) line.remove_prefix(line.find('>') + 1);
      answer.log += Cat(line, '\n');
    }
  };
  answer.inspection = Inspect(sources, options);
  return answer;
}

template <class T>
void ExpectFact(const std::optional<T>& expected, const T& actual, std::string_view name) {
  if (expected) {
    EXPECT_EQ(actual, *expected) << name;
  }
}
template <class T>
void ExpectFact(const std::optional<T>& expected, const std::optional<T>& actual,
                std::string_view name) {
  if (expected) {
    EXPECT_EQ(actual, expected) << name;
  }
}

void ExpectFacts(const Fixture& fixture, const Inspection& inspection) {
  ExpectFact(fixture.format, std::string(Name(inspection.format)), "format");
  ExpectFact(fixture.container, inspection.container, "container");
  ExpectFact(fixture.compression, inspection.compression, "compression");
  ExpectFact(fixture.dump_level, inspection.dump_level, "dump level");
  ExpectFact(fixture.architecture, inspection.architecture, "architecture");
  ExpectFact(fixture.release, inspection.kernel_release, "release");
  ExpectFact(fixture.node, inspection.node, "node");
  ExpectFact(fixture.crash_time, inspection.crash_time, "crash time");
  ExpectFact(fixture.cpus, inspection.cpus, "CPUs");
  ExpectFact(fixture.page_size, inspection.page_size, "page size");
}

void ExpectLog(const Fixture& fixture, const Answer& answer) {
  if (fixture.log) {
    EXPECT_TRUE(answer.log == *fixture.log)
        << "the log differs: " << answer.log.size() << " bytes of " << fixture.log->size()
        << ", first difference in \"" << FirstDifference(answer.log, *fixture.log) << '"';
  } else if (fixture.log_sha256) {
    EXPECT_EQ(Sha256::Of(answer.log), *fixture.log_sha256)
        << answer.log.size() << " bytes, " << answer.inspection.log.records << " records, "
        << answer.inspection.log.reason << ' ' << answer.inspection.translation;
  }
}

// Rows: what it is. Columns: what we said.
class Confusion {
 public:
  void Count(const std::string& row, DumpState said) {
    ++cells_[row][static_cast<std::size_t>(said)];
  }
  void Print() const {
    std::printf("%-10s", "");
    for (int i = 0; i < kDumpStates; ++i) std::printf("%11s", Column(i).c_str());
    std::printf("\n");
    for (const auto& [row, counts] : cells_) {
      std::printf("%-10s", row.c_str());
      for (const int count : counts) std::printf("%11d", count);
      std::printf("\n");
    }
  }

 private:
  static std::string Column(int state) { return std::string(Name(static_cast<DumpState>(state))); }
  std::map<std::string, std::array<int, kDumpStates>> cells_;
};

void Check(const Fixture& fixture, Confusion& confusion) {
  SCOPED_TRACE(fixture.name);
  const Answer answer = Look(Open(fixture.files));
  const Wholeness& wholeness = answer.inspection.wholeness;
  confusion.Count(fixture.kind, wholeness.state);
  const std::string said = Cat(wholeness.reason, ": ", wholeness.detail);
  if (fixture.kind == "whole") {
    EXPECT_EQ(wholeness.state, DumpState::kComplete) << said;
  }
  if (fixture.kind == "damaged") {
    EXPECT_NE(wholeness.state, DumpState::kComplete) << said;
  }
  ExpectFact(fixture.state, std::string(Name(wholeness.state)), said);
  ExpectFact(fixture.reason, wholeness.reason, said);
  ExpectFacts(fixture, answer.inspection);
  ExpectLog(fixture, answer);
}

void CheckAll(const std::vector<Fixture>& fixtures) {
  Confusion confusion;
  for (const Fixture& fixture : fixtures) Check(fixture, confusion);
  confusion.Print();
}

TEST(Fixtures, EachIsWhatItIs) {
  const auto fixtures = ReadFixtures(std::string(KDUMPD_SOURCE_DIR) + "/tests/fixtures/dumps");
  EXPECT_GE(fixtures.size(), 30U);
  std::set<std::string> architectures;
  for (const Fixture& fixture : fixtures) {
    if (fixture.architecture) architectures.insert(*fixture.architecture);
  }
  EXPECT_EQ(architectures, (std::set<std::string>{"aarch64", "ppc64le", "s390x", "x86_64"}));
  CheckAll(fixtures);

  const char* const another = std::getenv("KDUMPD_FIXTURES");
  if (another != nullptr) CheckAll(ReadFixtures(another));
}

}  // namespace
}  // namespace kdumpd
