// SPDX-License-Identifier: Apache-2.0
// The real kdumpd-inspect beside the real kdumpd, through the class that starts it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/core/sanitized.h"
#include "daemon/core/text.h"
#include "daemon/host/inspect_process.h"
#include "daemon/render/inspection_json.h"
#include "tests/support/daemon.h"

namespace kdumpd {
namespace {

const std::string kProgram = KDUMPD_BINARY "-inspect";

// A flattened file that takes memory to read: many records, none next to another.
std::string ManyRecords() {
  const auto number = [](std::uint64_t value) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
  };
  std::string file = Cat("makedumpfile", std::string(4, '\0'), number(1), number(1));
  file.resize(4096);
  for (std::uint64_t i = 0; i < 20'000; ++i) file += Cat(number(16 * i), number(1), 'x');
  return file + std::string(16, '\xff');
}

class InspectHelper : public testing::Test {
 protected:
  [[nodiscard]] UniqueFd File(const std::string& bytes) const {
    scratch_.Write("vmcore", bytes);
    return UniqueFd(::open((scratch_.path() / "vmcore").c_str(), O_RDONLY | O_CLOEXEC));
  }
  static InspectOutcome Run(const std::vector<int>& files, const InspectRequest& request = {}) {
    auto process = InspectProcess::Start(kProgram, files, request);
    if (!process) return {"", "not started", process.error().message};
    return WaitFor(*process, {}, 60'000);
  }
  ScratchDirectory scratch_;
};

TEST_F(InspectHelper, AnswersAboutAnything) {
  struct Row {
    const char* what;
    std::string bytes;
    DumpState state;
  };
  const std::vector<Row> rows{
      {"empty", "", DumpState::kTruncated},
      {"text", std::string(5000, 'x'), DumpState::kUnknown},
      {"zeros", std::string(100'000, '\0'), DumpState::kDamaged},
      {"one byte", "K", DumpState::kUnknown},
      {"the magic of a dump alone", "KDUMP   ", DumpState::kTruncated},
      {"the magic of ELF alone",
       "\x7f"
       "ELF",
       DumpState::kTruncated},
  };
  for (const Row& row : rows) {
    const UniqueFd file = File(row.bytes);
    for (int level = 0; level < kCheckLevels; ++level) {
      const auto outcome =
          Run({file.get()}, {.level = static_cast<CheckLevel>(level), .log_bytes = 1 << 20});
      EXPECT_EQ(outcome.reason, "") << row.what << ": " << outcome.detail;
      const auto inspection = ParseInspection(outcome.facts);
      ASSERT_TRUE(inspection) << row.what << ": " << inspection.error().message;
      EXPECT_EQ(Name(inspection->wholeness.state), Name(row.state))
          << row.what << ": " << inspection->wholeness.detail;
      EXPECT_FALSE(inspection->wholeness.reason.empty()) << row.what;
      EXPECT_EQ(inspection->bytes, row.bytes.size()) << row.what;
    }
  }
}

TEST_F(InspectHelper, ReadsRegularFilesOnly) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd in(ends[0]);
  const UniqueFd out(ends[1]);
  const UniqueFd directory(::open("/", O_RDONLY | O_CLOEXEC));
  const UniqueFd device(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd file = File("");
  for (const std::vector<int>& files :
       {std::vector<int>{in.get()}, {directory.get()}, {device.get()}, {file.get(), in.get()}}) {
    const auto outcome = Run(files);
    const auto inspection = ParseInspection(outcome.facts);
    ASSERT_TRUE(inspection) << outcome.detail;
    EXPECT_EQ(inspection->wholeness.state, DumpState::kUnknown);
    EXPECT_EQ(inspection->wholeness.reason, "not_a_regular_file");
  }
}

// A FIFO that nobody writes to would be waited for; it is refused unread.
TEST_F(InspectHelper, DoesNotWaitForAFifo) {
  const std::string path = scratch_.path() / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const UniqueFd fifo(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto inspection = ParseInspection(Run({fifo.get()}).facts);
  ASSERT_TRUE(inspection);
  EXPECT_EQ(inspection->wholeness.reason, "not_a_regular_file");
}

TEST_F(InspectHelper, WithoutMemoryThereIsNoAnswer) {
  if (kSanitized) GTEST_SKIP() << "memory is not limited";
  const UniqueFd file = File(ManyRecords());
  EXPECT_EQ(Run({file.get()}).reason, "");
  const auto outcome = Run({file.get()}, {.memory_bytes = 1 << 20});
  EXPECT_EQ(outcome.reason, "inspector_memory") << outcome.detail << outcome.facts;
  EXPECT_EQ(outcome.facts, "");
}

// What it says to a person, and how it ends: 2>&1.
TEST_F(InspectHelper, ByHandItTellsWhatItIs) {
  struct Row {
    const char* what;
    std::string command;
    int status;
    const char* says;
  };
  const UniqueFd file = File("");
  const std::string dump = " 3<" + (scratch_.path() / "vmcore").string();
  const std::vector<Row> rows{
      {"nothing", "", 64, "which starts it: see kdumpd inspect\n"},
      {"help", " --help", 64, "kdumpd-inspect: not understood: --help\n"},
      {"a path", " /var/crash/vmcore" + dump, 64, "not understood: /var/crash/vmcore\n"},
      {"a dump", dump + " | cat", 0, "\"schema_version\":1"},
      {"nobody reads", dump + " | :", 0, ""},
  };
  for (const Row& row : rows) {
    Process process({"sh", "-c", "exec 3<&-; " + kProgram + row.command}, scratch_.path() / "said");
    EXPECT_EQ(process.Wait(), row.status) << row.what;
    EXPECT_NE(process.Output().find(row.says), std::string::npos)
        << row.what << ": " << process.Output();
  }
}

TEST_F(InspectHelper, ItsReaderGoneItEndsQuietly) {
  const UniqueFd file = File(std::string(5000, 'x'));
  for (const char* pipe : {"", "trap '' PIPE; "}) {
    const std::string script = Cat("exec 3<", (scratch_.path() / "vmcore").string(), "; ", pipe,
                                   "{ ", kProgram, "; echo $? >&2; } | :");
    Process process({"sh", "-c", script}, scratch_.path() / "said");
    EXPECT_EQ(process.Wait(), 0);
    EXPECT_EQ(process.Output().find("kdumpd-inspect"), std::string::npos) << process.Output();
  }
}

// What it links, it starts with, and it is all inside the sandbox.
TEST(InspectProgram, LinksLittle) {
  const ScratchDirectory scratch;
  Process process({"ldd", kProgram}, scratch.path() / "libraries");
  ASSERT_TRUE(process.Wait());  // its status for what is linked statically differs
  const std::string libraries = process.Output();
  const std::string program = FileText(kProgram);
  EXPECT_NE(program.find("seccomp"), std::string::npos);
  for (const char* foreign : {"libcurl", "libsystemd", "libssl", "libboost", "libyaml", "libfmt",
                              "libmicrohttpd", "libprometheus", "not found"}) {
    EXPECT_EQ(libraries.find(foreign), std::string::npos) << libraries;
  }
  for (const char* name : {"curl_easy_perform", "sd_bus_call", "SSL_connect", "MHD_start_daemon"}) {
    EXPECT_EQ(program.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace kdumpd
