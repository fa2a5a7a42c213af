// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/core_collector.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// "fatal no_dump", one for each problem.
std::vector<std::string> Told(const Collector& collector) {
  std::vector<std::string> told;
  for (const auto& problem : collector.problems) {
    told.push_back(Cat(problem.fatal ? "fatal " : "warn ", problem.reason));
  }
  return told;
}

struct ProblemCase {
  std::string_view command;
  std::vector<std::string> told;
};

void ExpectProblems(ConfigDialect dialect, TargetKind target,
                    const std::vector<ProblemCase>& cases) {
  for (const auto& test : cases) {
    EXPECT_EQ(Told(ParseCollector(test.command, dialect, target)), test.told) << test.command;
  }
}

// Agrees with makedumpfile 1.7.2 --check-params, called with the files that mkdumprd names, but for
// the options that it accepts and that leave no dump.
TEST(CoreCollectorTest, JudgesOptions) {
  ExpectProblems(
      ConfigDialect::kKdumpConf, TargetKind::kImplicit,
      {
          {"makedumpfile -l --message-level 7 -d 31", {}},
          {"makedumpfile -c -d31,1", {}},
          {"makedumpfile -ld0", {}},
          {"makedumpfile -d 31,", {}},
          {"makedumpfile -d +31", {}},
          {"makedumpfile -E -d 31", {}},
          {"makedumpfile -X -f -b 8 -L 10M --non-mmap --cyclic-buffer 10 --show-stats -d 31", {}},
          {"makedumpfile -e --work-dir /t -d 31", {}},
          {"makedumpfile -l --num-threads 4 -d 31", {}},
          {"makedumpfile -E --num-threads 0 -d 31", {}},
          {"", {"fatal empty"}},
          {" \t", {"fatal empty"}},
          {"makedumpfile -l", {"warn dump_level_missing"}},
          {"makedumpfile -d 32", {"fatal dump_level_invalid"}},
          {"makedumpfile -d -1", {"fatal dump_level_invalid"}},
          {"makedumpfile -d 1,99999999999999999999", {"fatal dump_level_invalid"}},
          {"makedumpfile -d 31 -d 99", {"fatal dump_level_invalid"}},
          {"makedumpfile -d all", {"warn dump_level_not_a_number"}},
          {"makedumpfile -d", {"fatal option_without_argument", "warn dump_level_missing"}},
          {"makedumpfile -d 31 --message-level 32", {"fatal message_level_invalid"}},
          {"makedumpfile -d 31 --message-level=-1", {"fatal message_level_invalid"}},
          {"makedumpfile -d 31 --message-level 31", {"warn message_level_verbose"}},
          {"makedumpfile -d 31 --message-level x", {}},
          {"makedumpfile -c -l -d 31", {"warn several_compressions"}},
          {"makedumpfile -c -c -d 31", {}},
          {"makedumpfile -E -c -d 31", {"fatal elf_compressed"}},
          {"makedumpfile -Ezd31", {"fatal elf_compressed"}},
          {"makedumpfile -E --num-threads 4 -d 31", {"fatal threads_with_elf"}},
          {"makedumpfile --split --num-threads 4 -d 31",
           {"fatal split", "fatal threads_with_split"}},
          {"makedumpfile -d 31 --split", {"fatal split"}},
          {"makedumpfile -d 31 --diskset d", {"fatal split"}},
          {"makedumpfile -d 31 --bogus", {"fatal unknown_option"}},
          {"makedumpfile -d 31 -Q -W", {"fatal unknown_option"}},
          {"makedumpfile -d 31 --split=2", {"fatal option_with_argument"}},
          {"makedumpfile -d 31 --me 7", {"fatal ambiguous_option", "fatal operand"}},
          {"makedumpfile -d 31 /proc/vmcore", {"fatal operand"}},
          {"makedumpfile -d 31 --dump-dmesg", {"fatal dmesg_only"}},
          {"makedumpfile -d 31 --dry-run", {"fatal no_dump"}},
          {"makedumpfile -d 31 -R", {"fatal no_dump"}},
          {"makedumpfile -d 31 -g x", {"fatal no_dump"}},
          {"makedumpfile -d 31 --mem-usage", {"fatal no_dump"}},
          {"makedumpfile -d 31 -v", {"fatal no_dump"}},
          {"makedumpfile -d 31 -D -i x", {"warn pointless_option"}},
          {"makedumpfile -d 31 -i x -x y",
           {"warn pointless_option", "fatal vmlinux_with_vmcoreinfo"}},
          {"makedumpfile -d 31 --config f -x y", {"warn needs_file"}},
          {"makedumpfile -d 31 --config f", {"warn needs_file", "fatal config_without_vmlinux"}},
          {"makedumpfile -d 31 --eppic f", {"warn needs_file"}},
          {"makedumpfile -d 31 -e", {"fatal no_work_directory"}},
          {"makedumpfile -d 31;reboot", {"warn shell_characters"}},
          {"makedumpfile -d 31 | gzip", {"warn shell_characters", "fatal operand"}},
      });
}

TEST(CoreCollectorTest, FlattensStreamsOnly) {
  for (const auto target : {TargetKind::kSsh, TargetKind::kRaw}) {
    ExpectProblems(
        ConfigDialect::kKdumpConf, target,
        {
            {"makedumpfile -F -l -d 31", {}},
            {"makedumpfile -l -d 31 -F", {}},
            {"makedumpfile -Fl -d 31", {}},
            {"makedumpfile -l -d 31", {"fatal flatten_missing"}},
            {"makedumpfile -lF -d 31", {"fatal flatten_missing"}},  // no "-F" in it
            {"makedumpfile -L 4-F -d 31", {"fatal flatten_missing"}},
            {"/usr/sbin/makedumpfile -F -d 31", {"warn collector_path"}},
            {"/usr/sbin/makedumpfile -lFd 31", {"warn collector_path"}},
            {"/usr/sbin/makedumpfile -l -d 31", {"warn collector_path", "fatal flatten_missing"}},
        });
  }
  for (const auto target :
       {TargetKind::kImplicit, TargetKind::kDevice, TargetKind::kNfs, TargetKind::kVirtiofs}) {
    ExpectProblems(
        ConfigDialect::kKdumpConf, target,
        {
            {"makedumpfile -l -d 31", {}},
            {"makedumpfile -F -d 31", {"fatal flatten_unwanted"}},
            {"makedumpfile -lF -d 31", {"fatal flatten_unwanted"}},
            {"/sbin/makedumpfile -F -d 31", {"warn collector_path", "warn flatten_unwanted"}},
            {"/sbin/makedumpfile -lF -d 31", {"warn collector_path", "fatal flatten_unwanted"}},
        });
  }
}

TEST(CoreCollectorTest, OtherDialectsForceFlattening) {
  for (const auto dialect : {ConfigDialect::kKdumpTools, ConfigDialect::kSysconfig}) {
    for (const auto target : {TargetKind::kImplicit, TargetKind::kSsh, TargetKind::kNfs}) {
      ExpectProblems(dialect, target,
                     {{"makedumpfile -F -c -d 31", {}},
                      {"makedumpfile -F -c --num-threads 8 -d 31", {}},
                      {"makedumpfile -F -c -d 32", {"fatal dump_level_invalid"}}});
    }
  }
}

TEST(CoreCollectorTest, OtherPrograms) {
  ExpectProblems(ConfigDialect::kKdumpConf, TargetKind::kSsh,
                 {{"scp", {"warn not_makedumpfile"}},
                  {"cp --sparse=always", {"warn not_makedumpfile"}},
                  {"makedumpfiles -d 99", {"warn not_makedumpfile"}},
                  {"Makedumpfile", {"warn not_makedumpfile"}}});
  ExpectProblems(ConfigDialect::kKdumpConf, TargetKind::kNfs,
                 {{"scp", {"warn scp_without_ssh"}},
                  {"cp", {"warn not_makedumpfile"}},
                  {"/bin/mymakedumpfile", {"warn not_makedumpfile"}}});
  ExpectProblems(ConfigDialect::kSysconfig, TargetKind::kImplicit,
                 {{"cp", {"warn not_makedumpfile"}}});
}

struct ReadCase {
  std::string_view command;
  std::string_view program;
  bool is_makedumpfile;
  bool flattened;
  bool elf;
  std::vector<int> levels;
  std::string_view compression;
};

TEST(CoreCollectorTest, ReadsWhatWasAskedFor) {
  const std::vector<ReadCase> cases{
      {"makedumpfile -l -d 31", "makedumpfile", true, false, false, {31}, "lzo"},
      {"makedumpfile -F -c -d 17,31", "makedumpfile", true, true, false, {17, 31}, "zlib"},
      {"makedumpfile -E", "makedumpfile", true, false, true, {}, ""},
      {"makedumpfile -p -d1x", "makedumpfile", true, false, false, {1}, "snappy"},
      {"makedumpfile -c -z -d 31 -d 1", "makedumpfile", true, false, false, {1}, "zstd"},
      {"makedumpfile -d 99,3", "makedumpfile", true, false, false, {3}, ""},
      {"/sbin/makedumpfile -lF -d 31", "/sbin/makedumpfile", false, true, false, {31}, "lzo"},
      {"cp -F -d 31", "cp", false, false, false, {}, ""},
  };
  for (const auto& test : cases) {
    const Collector collector =
        ParseCollector(test.command, ConfigDialect::kKdumpConf, TargetKind::kImplicit);
    EXPECT_EQ(collector.program, test.program) << test.command;
    EXPECT_EQ(collector.is_makedumpfile, test.is_makedumpfile) << test.command;
    EXPECT_EQ(collector.flattened, test.flattened) << test.command;
    EXPECT_EQ(collector.elf, test.elf) << test.command;
    EXPECT_EQ(collector.dump_levels, test.levels) << test.command;
    EXPECT_EQ(collector.compression, test.compression) << test.command;
  }
}

TEST(CoreCollectorTest, NamesTheWord) {
  const auto collector = ParseCollector("makedumpfile -d 31 --bogus\x1b", ConfigDialect::kKdumpConf,
                                        TargetKind::kImplicit);
  ASSERT_EQ(collector.problems.size(), 1U);
  EXPECT_EQ(collector.problems[0].message, "'--bogus\\x1b' is no option of makedumpfile(8)");
}

TEST(CoreCollectorTest, BoundsTheLevels) {
  std::string command = "makedumpfile -d 1";
  for (int i = 0; i < 100; ++i) command += ",1";
  const auto collector = ParseCollector(command, ConfigDialect::kKdumpConf, TargetKind::kImplicit);
  EXPECT_EQ(collector.dump_levels.size(), 32U);
}

}  // namespace
}  // namespace kdumpd
