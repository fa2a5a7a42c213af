// SPDX-License-Identifier: Apache-2.0
// Which boots are found, in whatever files.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/as_nobody.h"
#include "tests/systemd/journal_directory.h"

namespace kdumpd {
namespace {

using JournalFiles = JournalDirectory;

// a, b, a capture kernel c after b, d; then the running one.
JournalMaker Five() {
  JournalMaker maker;
  maker.Boot(Id('a'), kDay).Kernel("a").Logind().JournalStops();
  maker.Boot(Id('b'), kDay + 1000).Kernel("b").Kernel("Kernel panic - not syncing: b");
  maker.Boot(Id('c'), kDay + 1010).Kernel("Command line: elfcorehdr=1").Service("kdump", "c");
  maker.Boot(Id('d'), kDay + 2000).Kernel("d").Service("x", "y");
  maker.Boot(kNow, kDay + 3000).Kernel("now").Service("x", "y");
  return maker;
}

TEST_F(JournalFiles, TheNewestFirst) {
  Five().Write(Path());
  EXPECT_EQ(Told(), "d c-capture b-panic a-down");
  EXPECT_EQ(Told(kNow, 2), "d c-capture");
  EXPECT_EQ(Told(kNow, 0), "");
  EXPECT_EQ(Told(Id('d')), "c-capture b-panic a-down f");  // the later one is taken up from the end
  EXPECT_EQ(Told(Id('0')), "f d c-capture b-panic a-down") << "the journal knows nothing of it";
  const auto boots = Boots();
  EXPECT_EQ(boots->at(0).boot_id, Id('d'));
  EXPECT_EQ(boots->at(0).first, kDay + 2000);
  EXPECT_EQ(boots->at(0).last, kDay + 2001);
  EXPECT_EQ(boots->at(0).text, "");
  EXPECT_EQ(boots->at(1).text, "kernel: Command line: elfcorehdr=1\nkdump: c");
}

TEST_F(JournalFiles, OverSeveralFiles) {
  JournalMaker old, half, rest;
  old.Boot(Id('a'), kDay).Kernel("a").JournalStops();
  half.Boot(Id('b'), kDay + 1000).Kernel("Command line: quiet").Service("x", "y");
  rest.Boot(Id('b'), kDay + 1500).Service("x", "y").Logind();
  rest.Boot(kNow, kDay + 2000).Kernel("now");
  old.Write(Path("system@0005f0a1b2c3d4e5-0123456789abcdef.journal"));
  half.Write(Path("system@0005f0a1b2c3d4e6-0123456789abcdef.journal"));
  std::filesystem::rename(Path("system@0005f0a1b2c3d4e6-0123456789abcdef.journal"),
                          Path("system@0005f0a1b2c3d4e6-0123456789abcdef.journal~"));
  rest.Write(Path());
  JournalMaker users;  // may say what they like
  users.Boot(Id('9'), kDay + 1700).Logind().JournalStops();
  users.Write(Path("user-1000.journal"));
  JournalMaker container;
  container.Boot(Id('8'), kDay + 1800).Kernel("Command line: elfcorehdr=1");
  container.Write(Path("remote/system.journal"));
  EXPECT_EQ(Told(), "b-down a-down");
  EXPECT_EQ(Boots()->front().first, kDay + 1000);
  EXPECT_EQ(Boots()->front().last, kDay + 1501);
}

// After a power cut without a battery the next boot begins in 1970, and ends up in the present.
TEST_F(JournalFiles, AClockThatWasWrong) {
  JournalMaker before, now;
  before.Boot(Id('a'), kDay).Kernel("a");
  before.Boot(Id('b'), kDay + 1000).Kernel("b");
  now.Boot(kNow, 100).Kernel("now");
  now.Boot(kNow, kDay + 2000).Service("x", "y");
  before.Write(Path("system@0005f0a1b2c3d4e5-0123456789abcdef.journal"));
  now.Write(Path());
  EXPECT_EQ(Told(), "b a");
}

TEST_F(JournalFiles, DamagedFiles) {
  EXPECT_EQ(Told(), "") << "an empty directory";
  tree_.Write("notes", "not a journal");
  EXPECT_EQ(Told(), "");
  tree_.Write("system.journal", "");
  EXPECT_EQ(Told(), "error 5") << "an empty file";
  tree_.Write("system.journal", std::string(100'000, 'x'));
  EXPECT_EQ(Told(), "error 5") << "garbage";
  tree_.Write("system.journal", "LPKSHHRH" + std::string(100'000, '\xff'));
  EXPECT_EQ(Told(), "error 5") << "garbage that begins well";

  Five().Write(Path("system@0005f0a1b2c3d4e5-0123456789abcdef.journal"));
  EXPECT_EQ(Told(), "d c-capture b-panic a-down") << "garbage beside it";
  ::mkfifo(Path("system@pipe.journal").c_str(), 0600);
  std::filesystem::create_directory(Path("system@directory.journal"));
  EXPECT_EQ(Told(), "d c-capture b-panic a-down") << "no files beside it";
}

TEST_F(JournalFiles, CutFiles) {
  Five().Write(Path("whole.journal"));
  const std::string whole = Path("whole.journal");
  for (const off_t size : {100, 272, 4096, 100'000, 3'000'000, 6'000'000}) {
    std::filesystem::copy_file(whole, Path(), std::filesystem::copy_options::overwrite_existing);
    ASSERT_EQ(::truncate(Path().c_str(), size), 0);
    EXPECT_EQ(Told(), "error 5") << size;
  }
}

// Whatever a byte of it says, we come back.
TEST_F(JournalFiles, FlippedBytes) {
  Five().Write(Path());
  const UniqueFd file(::open(Path().c_str(), O_RDWR | O_CLOEXEC));
  const off_t end = 8 << 20;
  for (off_t at = 90; at < end; at += at < 300 ? 3 : 100'003) {
    unsigned char byte = 0;
    ASSERT_EQ(::pread(file.get(), &byte, 1, at), 1);
    for (const char other : {char{0}, char{127}, char{-1}}) {
      ASSERT_EQ(::pwrite(file.get(), &other, 1, at), 1);
      const auto boots = Boots();
      EXPECT_LE(boots ? boots->size() : 0, 5U) << at;
    }
    ASSERT_EQ(::pwrite(file.get(), &byte, 1, at), 1);
  }
  EXPECT_EQ(Told(), "d c-capture b-panic a-down");
}

TEST_F(JournalFiles, NotOurs) {
  Five().Write(Path());
  std::filesystem::permissions(tree_.path(), std::filesystem::perms(0755));
  ASSERT_EQ(::chmod(Path().c_str(), 0600), 0);
  {
    const AsNobody nobody;
    const auto boots = Boots();
    ASSERT_FALSE(boots);
    EXPECT_EQ(boots.error().code, ErrorCode::kPermission);
    EXPECT_EQ(boots.error().message, "opening system.journal of the journal: Permission denied");
  }
  EXPECT_FALSE(BootsInJournal(-1, kNow));
  const UniqueFd file(::open(Path().c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(BootsInJournal(file.get(), kNow).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace kdumpd
