// SPDX-License-Identifier: Apache-2.0
// `kdumpd inspect` as a person types it: the real programs on dumps of machines that never were.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "daemon/core/text.h"
#include "tests/support/command.h"
#include "tests/support/daemon.h"
#include "tests/support/machine_with_log.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using namespace std::string_literals;

std::string Quoted(const std::string& text) { return "'" + text + "'"; }

class InspectCli : public testing::Test {
 protected:
  // As a shell runs it, in the directory of the dumps.
  Said InDumps(const std::string& command) const {
    return Shell(scratch_, "cd " + scratch_.path().string() + "/dumps && " + command);
  }
  Said Inspect(const std::string& arguments) const {
    return InDumps(kdumpd_ + " inspect " + arguments);
  }

  void Write(const std::string& name, const std::string& bytes, int age_seconds = 3600) const {
    scratch_.Write("dumps/" + name, bytes);
    fs::last_write_time(File(name),
                        fs::file_time_type::clock::now() - std::chrono::seconds(age_seconds));
  }
  [[nodiscard]] fs::path File(const std::string& name) const {
    return scratch_.path() / "dumps" / name;
  }

  // kdumpd with another program beside it, a shell script; none: with nothing beside it.
  void Beside(const std::string& script) {
    const fs::path directory = scratch_.path() / "bin";
    fs::create_directories(directory);
    fs::copy_file(KDUMPD_BINARY, directory / "kdumpd");
    kdumpd_ = directory / "kdumpd";
    if (script.empty()) return;
    scratch_.Write("bin/kdumpd-inspect", "#!/bin/sh\n" + script);
    fs::permissions(directory / "kdumpd-inspect", fs::perms::owner_all);
  }

  // A machine that nobody crashed: what is said of its dump is about the dump alone.
  static std::vector<LogLine> QuietLog() {
    std::vector<LogLine> lines = SampleLog();
    for (auto line = lines.end() - 3; line != lines.end(); ++line) line->text = "all is well";
    return lines;
  }

  const Machine machine_ = MachineWithLog("x86_64", "ring", QuietLog());
  const std::string whole_ = KdumpDump(machine_);
  const std::string log_ = "[    0.000000] Linux version 6.1.0\n[   12.500000] \x1b[2Jpanic\n";
  ScratchDirectory scratch_;
  std::string kdumpd_ = KDUMPD_BINARY;
};

TEST_F(InspectCli, AWholeDump) {
  Write("vmcore", whole_);
  const Said said = Inspect("vmcore");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_TRUE(said.out.starts_with("vmcore: whole\n  when        2026-11-22T08:06:48Z, up "))
      << said.out;
  EXPECT_NE(said.out.find("\n  where       node1, 6.1.0-1-test, x86_64, #1 SMP"),
            std::string::npos);
  EXPECT_NE(said.out.find("\n  dump        kdump-compressed, "), std::string::npos);
  EXPECT_NE(said.out.find("\n  log         "), std::string::npos);
  EXPECT_EQ(said.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(said.err, "");
}

TEST_F(InspectCli, TheExitStatusIsTheJudgement) {
  std::string bad_page = whole_;
  for (std::size_t i = bad_page.size() - 64; i < bad_page.size(); ++i) bad_page[i] = 'x';
  const struct {
    const char* name;
    std::string bytes;
    int status;
    const char* says;
  } rows[] = {
      {"whole", whole_, 0, ": whole\n"},
      {"elf", ElfDump(machine_), 0, ": whole\n"},
      {"flattened", Flattened(whole_), 0, ": whole\n"},
      {"log", log_, 0, ": a kernel log, no crash in it\n"},
      {"flagged", KdumpDump(machine_, {.incomplete = true}), 1, ": INCOMPLETE: "},
      {"cut", whole_.substr(0, whole_.size() - 1), 1, ": TRUNCATED: has "},
      {"stream", Flattened(whole_, {.end_marker = false}), 1, ": TRUNCATED: "},
      {"empty", "", 1, ": TRUNCATED: "},
      {"bad", bad_page, 1, ": DAMAGED: "},
      {"zeros", std::string(65536, '\0'), 1, ": DAMAGED: "},
      {"text", "KDUMPD is no dump\n", 2, ": not a dump: "},
      {"gzip", "\x1f\x8b\x08"s + std::string(500, 'x'), 3, ": cannot tell: "},
  };
  for (const auto& row : rows) {
    Write(row.name, row.bytes);
    const Said said = Inspect(row.name);
    EXPECT_EQ(said.status, row.status) << row.name << ": " << said.out << said.err;
    EXPECT_NE(said.out.find(row.name + std::string(row.says)), std::string::npos) << said.out;
    EXPECT_EQ(said.err, "") << row.name;
  }
}

TEST_F(InspectCli, OfSeveralPathsTheWorstWinsAndEachIsShown) {
  Write("whole", whole_);
  Write("text", "no dump");
  Write("cut", whole_.substr(0, whole_.size() - 1));
  EXPECT_EQ(Inspect("whole whole").status, 0);
  EXPECT_EQ(Inspect("whole text").status, 2);
  EXPECT_EQ(Inspect("text nowhere whole").status, 3);
  const Said said = Inspect("cut nowhere text whole");
  EXPECT_EQ(said.status, 1);
  EXPECT_TRUE(said.out.starts_with("cut: TRUNCATED: ")) << said.out;
  EXPECT_NE(
      said.out.find("\n\nnowhere: cannot tell: No such file or directory (not_found)\n\ntext: "
                    "not a dump: "),
      std::string::npos)
      << said.out;
  EXPECT_NE(said.out.find("\n\nwhole: whole\n"), std::string::npos);
}

TEST_F(InspectCli, ADirectoryIsTheDumpInIt) {
  const std::string cut = whole_.substr(0, whole_.size() / 2);
  Write("rhel/vmcore", whole_);
  Write("rhel/vmcore-dmesg.txt", log_);
  Write("rhel/kexec-dmesg.log", log_);
  Write("unfinished/vmcore-incomplete", cut);
  Write("unfinished/vmcore-dmesg.txt", log_);
  Write("debian/dump.202611220806", Flattened(whole_));
  Write("logs/dmesg.202611220806", log_);
  Write("capture/kexec-dmesg.log", log_);
  Write("other/report.txt", "nothing");
  for (int i = 0; i <= 1024; ++i) Write(Cat("many/", i), "");
  fs::create_directories(File("void"));
  fs::create_directories(File("linked"));
  fs::create_symlink("/etc/passwd", File("linked/vmcore"));
  const struct {
    const char* path;
    int status;
    const char* says;
  } rows[] = {
      {"rhel", 0, "rhel/vmcore: whole\n"},
      {"rhel/", 0, "rhel/vmcore: whole\n"},
      {"unfinished", 1, "unfinished/vmcore-incomplete: TRUNCATED: "},
      {"debian", 0, "debian/dump.202611220806: whole\n"},
      {"logs", 0, "logs/dmesg.202611220806: a kernel log, no crash in it\n"},
      {"capture", 2, "capture: not a dump: no vmcore and no kernel log in it (no_dump_files)\n"},
      {".", 2,
       ".: not a dump: no vmcore and no kernel log in it, but 9 directories: name one of those, or "
       "./* (no_dump_files)\n"},
      {"many", 3,
       "many: cannot tell: more than 1024 names in it: name the dump (too_many_files)\n"},
      {"other", 2, "other: not a dump: "},
      {"void", 2, "void: not a dump: "},
      {"linked", 3, "linked: cannot tell: vmcore: it is a symbolic link"},
  };
  for (const auto& row : rows) {
    const Said said = Inspect(row.path);
    EXPECT_EQ(said.status, row.status) << row.path << ": " << said.out;
    EXPECT_TRUE(said.out.starts_with(row.says)) << said.out;
  }
}

TEST_F(InspectCli, PartsOfASplitSetAreFoundBesideTheNamedOne) {
  const auto parts = SplitSet(machine_, 3);
  for (std::size_t i = 0; i < parts.size(); ++i) Write(Cat("set/dump.", i), parts[i]);
  Write("set/dump.7", "somebody else's");
  Write("set/dump.202611220806", whole_);
  fs::create_symlink("set/dump.1", File("link"));
  for (const char* name : {"set/dump.0", "set/dump.2", "link"}) {
    const Said said = Inspect(name);
    EXPECT_EQ(said.status, 0) << said.out;
    EXPECT_NE(said.out.find(", 3 files of the set looked at\n"), std::string::npos) << said.out;
  }
  fs::remove(File("set/dump.1"));
  const Said said = Inspect("set/dump.0");
  EXPECT_EQ(said.status, 1) << said.out;
  EXPECT_NE(said.out.find("(split_parts_missing)\n"), std::string::npos) << said.out;
}

TEST_F(InspectCli, WhatIsNotWholeAndChangedJustNowIsBeingWritten) {
  const std::string cut = whole_.substr(0, whole_.size() / 2);
  const struct {
    const char* name;
    std::string bytes;
    int age, status;
    const char* says;
  } rows[] = {
      {"fresh", cut, 0, 3, ": being written: it changed just now; so far: truncated ("},
      {"old", cut, 60, 1, ": TRUNCATED: "},
      {"future", cut, -3600, 1, ": TRUNCATED: "},  // a clock that was wrong
      {"done", whole_, 0, 0, ": whole\n"},
      {"other", "no dump", 0, 2, ": not a dump"},
  };
  for (const auto& row : rows) {
    Write(row.name, row.bytes, row.age);
    const Said said = Inspect(row.name);
    EXPECT_EQ(said.status, row.status) << row.name << ": " << said.out;
    EXPECT_TRUE(said.out.starts_with(std::string(row.name) + row.says)) << said.out;
  }
}

TEST_F(InspectCli, AFileThatGrowsWhileItIsReadIsBeingWritten) {
  Write("vmcore", whole_);
  Beside("echo more >>" + File("vmcore").string() + "\nexec " KDUMPD_BINARY "-inspect \"$@\"\n");
  const Said said = Inspect("vmcore");
  EXPECT_EQ(said.status, 3) << said.out << said.err;
  EXPECT_TRUE(said.out.starts_with("vmcore: being written: it changed while it was read; so far: "))
      << said.out;
}

TEST_F(InspectCli, NamesAreShownAndNotObeyed) {
  const std::string hostile = "a\x1b[2J\nb\xff";
  Write(hostile, whole_);
  Write("[x,y]", whole_);
  Write("-x", whole_);
  EXPECT_TRUE(Inspect(Quoted(hostile)).out.starts_with("a\\x1b[2J\\x0ab\\xff: whole\n"));
  EXPECT_TRUE(Inspect("'[x,y]'").out.starts_with("./[x,y]: whole\n"));
  EXPECT_TRUE(Inspect("-- -x").out.starts_with("-x: whole\n"));
  const Said said = Inspect("--output json " + Quoted(hostile));
  EXPECT_EQ(Json::parse(said.out)["path"], "a\\x1b[2J\\x0ab\\xff");
}

TEST_F(InspectCli, WhatIsNoFileIsNotOpened) {
  Write("whole", whole_);
  ASSERT_EQ(::mkfifo(File("fifo").c_str(), 0600), 0);
  for (const char* path : {"fifo", "/dev/null", "/dev/zero"}) {
    const Said said = Inspect(path);
    EXPECT_EQ(said.status, 3);
    EXPECT_NE(said.out.find(", not a regular file (not_a_regular_file)\n"), std::string::npos)
        << said.out;
  }
}

TEST_F(InspectCli, AnOrdinaryUserReadsWhatHeMayRead) {
  Write("readable", whole_);
  Write("secret", whole_);
  Write("closed/vmcore", whole_);
  fs::permissions(scratch_.path(), fs::perms(0755));
  fs::permissions(File("readable"), fs::perms(0644));
  fs::permissions(File("secret"), fs::perms::none);
  fs::permissions(File("closed"), fs::perms::none);
  // Where he may go, too: a build directory may be root's alone.
  const fs::path bin = scratch_.path() / "bin";
  fs::create_directories(bin);
  for (const char* suffix : {"", "-inspect"}) {
    fs::copy_file(KDUMPD_BINARY + std::string(suffix), bin / ("kdumpd"s + suffix));
    fs::permissions(bin / ("kdumpd"s + suffix), fs::perms(0755));
  }
  kdumpd_ = bin / "kdumpd";
  if (::geteuid() == 0) kdumpd_ = "setpriv --reuid=65534 --regid=65534 --clear-groups " + kdumpd_;
  const Said said = Inspect("readable");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_TRUE(said.out.starts_with("readable: whole\n")) << said.out;
  for (const char* path : {"secret", "closed", "closed/vmcore"}) {
    const Said refused = Inspect(path);
    EXPECT_EQ(refused.status, 3) << refused.out;
    EXPECT_EQ(refused.out, Cat(path,
                               ": cannot tell: Permission denied: ask as root, or take a copy "
                               "(permission)\n"));
  }
  EXPECT_EQ(Inspect("secret readable").status, 3);
  fs::permissions(File("closed"), fs::perms::owner_all);
}

TEST_F(InspectCli, StandardInput) {
  Write("vmcore", whole_);
  Write("log", log_);
  const struct {
    const char* command;
    int status;
    const char* says;
  } rows[] = {
      {"%s inspect - <vmcore", 0, "standard input: whole\n"},
      {"cat vmcore | %s inspect -", 3,
       "standard input: cannot tell: a dump cannot be read from a pipe; redirect the file: < "
       "vmcore "
       "(pipe)\n"},
      {": | %s inspect -", 3, "standard input: cannot tell: "},
      {"%s inspect - </dev/zero", 3, "standard input: cannot tell: "},
      {"%s inspect - <log", 0, "standard input: a kernel log, no crash in it\n"},
      {"cat log | %s inspect -", 0,
       "standard input: a kernel log, no crash in it\n  when        up 12 s\n"
       "  where       6.1.0\n  dump        kernel log, 60 B\n  log         2 records\n"},
  };
  for (const auto& row : rows) {
    std::string command = row.command;
    command.replace(command.find("%s"), 2, kdumpd_);
    const Said said = InDumps(command);
    EXPECT_EQ(said.status, row.status) << command << ": " << said.out;
    EXPECT_TRUE(said.out.starts_with(row.says)) << said.out;
  }
}

TEST_F(InspectCli, DmesgPrintsTheLogAndNothingElse) {
  Write("vmcore", whole_);
  const Said said = Inspect("--dmesg vmcore");
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_TRUE(said.out.starts_with("[    ")) << said.out;
  EXPECT_EQ(Lines(said.out).size(), QuietLog().size());
  EXPECT_NE(said.out.find(QuietLog().back().text), std::string::npos) << said.out;
  EXPECT_TRUE(said.err.starts_with("vmcore: whole\n")) << said.err;
}

TEST_F(InspectCli, DmesgOfALogFileIsMadeFitForATerminal) {
  Write("log", log_);
  EXPECT_EQ(Inspect("--dmesg log").out,
            "[    0.000000] Linux version 6.1.0\n[   12.500000] \\x1b[2Jpanic\n");
  EXPECT_EQ(InDumps("printf '<6>[    1.000000] no end' | " + kdumpd_ + " inspect --dmesg -").out,
            "[    1.000000] no end\n");
}

// The dump failed, and the log that was saved before it lies beside it.
TEST_F(InspectCli, TheLogBesideADumpThatHasNone) {
  Write("debian/dump.202611220837", "");
  Write("debian/dmesg.202611220837", log_);
  const Said said = Inspect("--dmesg debian");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.out, "[    0.000000] Linux version 6.1.0\n[   12.500000] \\x1b[2Jpanic\n");
  EXPECT_NE(said.err.find("TRUNCATED"), std::string::npos) << said.err;
  EXPECT_NE(said.err.find("2 records, from debian/dmesg.202611220837 (log_beside)"),
            std::string::npos)
      << said.err;
}

// Of a parent that ignores SIGCHLD one inherits that, and then nobody can wait for a child.
TEST_F(InspectCli, WhoStartsUsMayIgnoreTheEndOfChildren) {
  Write("vmcore", whole_);
  const Said said = InDumps("trap '' CHLD; exec " + kdumpd_ + " inspect vmcore");
  EXPECT_EQ(said.status, 0) << said.out;
}

TEST_F(InspectCli, WhoStopsReadingIsNoFault) {
  Write("vmcore", whole_);
  std::string command = "{ %s inspect --dmesg vmcore vmcore vmcore; echo $? >status; } | true";
  command.replace(command.find("%s"), 2, kdumpd_);
  static_cast<void>(InDumps(command));
  EXPECT_EQ(FileText(File("status")), "0\n");
}

// What crashed stands at the end of a log, however long it is; through a pipe too.
TEST_F(InspectCli, OfALongLogTheNewestIsKept) {
  std::string log;
  while (log.size() <= (16 << 20)) log += "[    1.000000] " + std::string(900, 'x') + "\n";
  log += "[   99.000000] the last\n";
  Write("long", log);
  const Said file = Inspect("--dmesg long");
  EXPECT_TRUE(file.out.starts_with("[    1.000000] x"));
  EXPECT_TRUE(file.out.ends_with("\n[   99.000000] the last\n"));
  EXPECT_LE(file.out.size(), 16U << 20);
  EXPECT_NE(file.err.find("(log_clipped)"), std::string::npos) << file.err;
  EXPECT_EQ(Inspect("--dmesg - < long").out, file.out);
  EXPECT_EQ(InDumps("cat long | " + kdumpd_ + " inspect --dmesg -").out, file.out);
}

TEST_F(InspectCli, DmesgWithoutALogIsNoSuccess) {
  Write("bare", KdumpDump(BareMachine("x86_64")));
  Write("text", "no dump");
  EXPECT_EQ(Inspect("bare").status, 0);
  const Said said = Inspect("--dmesg bare");
  EXPECT_EQ(said.status, 3);
  EXPECT_EQ(said.out, "");
  EXPECT_NE(said.err.find("kdumpd: no kernel log could be read\n"), std::string::npos) << said.err;
  EXPECT_EQ(Inspect("--dmesg text").status, 2);
}

TEST_F(InspectCli, JsonOfOneIsAnObjectAndOfSeveralAList) {
  Write("vmcore", whole_);
  Write("bare", KdumpDump(BareMachine("x86_64")));
  const Json one = Json::parse(Inspect("--output json vmcore").out);
  EXPECT_EQ(one["state"], "complete");
  EXPECT_EQ(one["kernel_release"], "6.1.0-1-test");
  EXPECT_FALSE(one.contains("log_lines"));
  const Said said = Inspect("--output json --dmesg vmcore nowhere bare");
  EXPECT_EQ(said.status, 3);
  EXPECT_TRUE(said.out.ends_with("]}\n"));
  const Json several = Json::parse(said.out);
  EXPECT_EQ(several["schema_version"], 1);
  ASSERT_EQ(several["inspections"].size(), 3U);
  const Json& lines = several["inspections"][0]["log_lines"];
  ASSERT_EQ(lines.size(), QuietLog().size());
  EXPECT_TRUE(lines[0].get<std::string>().starts_with("<")) << lines[0];
  EXPECT_EQ(several["inspections"][1]["reason"], "not_found");
  EXPECT_EQ(several["inspections"][2]["log_lines"], Json::array());
  EXPECT_EQ(Json::parse(InDumps(kdumpd_ + " inspect --output json - <vmcore").out)["path"], "-");
}

TEST_F(InspectCli, DeepReadsEveryPage) {
  Write("vmcore", whole_);
  const Json json = Json::parse(Inspect("--deep --output json vmcore").out);
  EXPECT_EQ(json["check"]["level"], "pages");
  EXPECT_EQ(json["check"]["pages_checked"], json["check"]["pages"]);
  EXPECT_EQ(Inspect("--deep vmcore").err, "") << "no progress where nobody looks";
}

// In the image, "kubectl exec POD -- kdumpd inspect /var/crash/x" means the node's.
TEST_F(InspectCli, AbsolutePathsAreTheNodesOwn) {
  Write("root/var/crash/x/vmcore", whole_);
  fs::create_symlink("/var/crash/x", File("root/newest"));
  fs::create_symlink("../../../../../etc/passwd", File("root/escape"));
  const std::string root = File("root");
  for (const std::string& command :
       {"KDUMPD_PATH_ROOTFS=" + root + " " + kdumpd_ + " inspect /var/crash/x",
        kdumpd_ + " --path.rootfs=" + root + " inspect /newest",
        "KDUMPD_PATH_ROOTFS=" + root + " " + kdumpd_ + " inspect root/var/crash/x"}) {
    const Said said = InDumps(command);
    EXPECT_EQ(said.status, 0) << said.out << said.err;
    EXPECT_NE(said.out.find("/vmcore: whole\n"), std::string::npos) << said.out;
  }
  const Said escape = InDumps(kdumpd_ + " --path.rootfs=" + root + " inspect /escape");
  EXPECT_EQ(escape.status, 3);
  EXPECT_NE(escape.out.find("(not_found)\n"), std::string::npos) << escape.out;
}

TEST_F(InspectCli, NeedsNoConfiguration) {
  Write("vmcore", whole_);
  Write("broken.yaml", "log: [");
  EXPECT_EQ(Inspect("--config.file=broken.yaml vmcore").status, 0);
  EXPECT_EQ(InDumps("KDUMPD_LOG_LEVEL=nonsense " + kdumpd_ + " inspect vmcore").status, 0);
}

TEST_F(InspectCli, MistakesOfTheCaller) {
  Write("vmcore", whole_);
  for (const char* arguments : {"", "--output prometheus vmcore", "--deep=x vmcore",
                                "--path.rootfs=relative vmcore", "--path.rootfs=/nowhere vmcore"}) {
    const Said said = Inspect(arguments);
    EXPECT_EQ(said.status, 64) << arguments << said.out;
    EXPECT_NE(said.err, "") << arguments;
  }
  EXPECT_EQ(Inspect("vmcore >/dev/full").status, 70);
}

TEST_F(InspectCli, WithoutTheInspectorNothingCanBeTold) {
  if (fs::exists(KDUMPD_LIBEXEC "/kdumpd-inspect")) GTEST_SKIP() << "one is installed";
  Write("vmcore", whole_);
  Write("log", log_);
  Beside("");
  const Said said = Inspect("vmcore");
  EXPECT_EQ(said.status, 3);
  EXPECT_TRUE(said.out.starts_with("vmcore: cannot tell: no program ")) << said.out;
  EXPECT_NE(said.out.find(KDUMPD_LIBEXEC "/kdumpd-inspect (inspector_missing)\n"),
            std::string::npos);
  EXPECT_EQ(Inspect("log").status, 3);
}

// A dump that takes over the program that reads it owns what that program says, and no more.
TEST_F(InspectCli, AnInspectorThatLiesIsNotBelieved) {
  const struct {
    const char* says;
    int status;
    const char* shown;
  } rows[] = {
      {"exit 1", 3, "(inspector_failed)\n"},
      {"kill -SEGV $$", 3, "(inspector_signal)\n"},
      {"exit 0", 3, "(inspector_garbled)\n"},
      {"echo nonsense", 3, "(inspector_garbled)\n"},
      {"printf 'F\\000\\000\\000\\002{}'", 3, "schema_version is not 1 (inspector_garbled)\n"},
      {"printf 'L\\000\\000\\000\\007<6>\\033[2J\\nF\\000\\000\\000\\002{}'", 3,
       "(inspector_garbled)\n"},
  };
  Write("vmcore", whole_);
  Beside("exit 1");
  for (const auto& row : rows) {
    scratch_.Write("bin/kdumpd-inspect", "#!/bin/sh\n"s + row.says + "\n");
    const Said said = Inspect("--dmesg vmcore");
    EXPECT_EQ(said.status, row.status) << row.says << said.err;
    EXPECT_NE(said.err.find(row.shown), std::string::npos) << row.says << said.err;
    EXPECT_EQ((said.out + said.err).find('\x1b'), std::string::npos) << row.says;
  }
}

TEST_F(InspectCli, ProgressIsOneLineOnATerminalClearedAtTheEnd) {
  Write("vmcore", whole_);
  Beside(
      "printf "
      "'P\\000\\000\\000\\020\\0\\0\\0\\0\\0\\0\\0\\001\\0\\0\\0\\0\\0\\0\\0\\004'"
      "\nexec " KDUMPD_BINARY "-inspect \"$@\"\n");
  const Said said = InDumps("script -qec '" + kdumpd_ + " inspect --deep vmcore' /dev/null");
  EXPECT_EQ(said.status, 0) << said.out;
  EXPECT_TRUE(said.out.starts_with("\r\x1b[K  25 %, ")) << said.out;
  EXPECT_NE(said.out.find("\r\x1b[Kvmcore: \x1b[32mwhole\x1b[0m"), std::string::npos) << said.out;
}

}  // namespace
}  // namespace kdumpd
