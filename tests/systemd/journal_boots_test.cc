// SPDX-License-Identifier: Apache-2.0
#include "systemd/journal_boots.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "daemon/core/unique_fd.h"
#include "tests/support/as_nobody.h"
#include "tests/support/journal_maker.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kDay = 1'700'000'000;
const std::string kNow(32, 'f');
std::string Id(char c) { return std::string(32, c); }

// A directory of journal files, and what is made of them.
class JournalBoots : public testing::Test {
 protected:
  void SetUp() override {
    if (!JournalMaker::Possible()) GTEST_SKIP() << "no systemd-journal-remote";
  }
  [[nodiscard]] std::string Path(const std::string& name = "system.journal") const {
    return Cat(tree_.path(), '/', name);
  }
  [[nodiscard]] Result<std::vector<JournalBoot>> Boots(const std::string& current = kNow,
                                                       std::size_t most = 16) const {
    const UniqueFd fd(::open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return BootsInJournal(fd.get(), current, most);
  }
  // Each by the first letter of its id, and what is said of it.
  [[nodiscard]] std::string Told(const std::string& current = kNow, std::size_t most = 16) const {
    const auto boots = Boots(current, most);
    if (!boots) return Cat("error ", static_cast<int>(boots.error().code));
    std::string told;
    for (const JournalBoot& boot : *boots) {
      told += Cat(told.empty() ? "" : " ", boot.boot_id[0], boot.shutdown ? "-down" : "",
                  boot.capture_kernel ? "-capture" : "", boot.panic.empty() ? "" : "-panic");
    }
    return told;
  }
  // Of one boot with such entries, before the running one.
  std::string ToldOf(const std::function<void(JournalMaker&)>& say) {
    JournalMaker maker;
    maker.Boot(Id('a'), kDay).Kernel("Linux version 6.1.0").JournalStarts();
    say(maker);
    maker.Boot(kNow, kDay + 100'000).Kernel("Linux version 6.1.0").JournalStarts();
    ::unlink(Path().c_str());
    maker.Write(Path());
    return Told();
  }

  TemporaryTree tree_;
};

TEST_F(JournalBoots, HowABootEnded) {
  struct Row {
    const char* what;
    std::function<void(JournalMaker&)> say;
    const char* told;
  };
  const Row rows[] = {
      {"nothing", [](auto&) {}, "a"},
      {"a power cut", [](auto& m) { m.StartupFinished().Service("kubelet", "x"); }, "a"},
      {"an orderly reboot",
       [](auto& m) {
         m.StartupFinished().Logind().Service("kubelet", "stops").Reached("shutdown.target");
         m.Reached("reboot.target").JournalStops();
       },
       "a-down"},
      {"without logind, as Ctrl-Alt-Del",
       [](auto& m) { m.StartupFinished().Reached("shutdown.target").Reached("reboot.target"); },
       "a-down"},
      {"another target", [](auto& m) { m.StartupFinished().Reached("multi-user.target"); }, "a"},
      {"another says so", [](auto& m) { m.Reached("shutdown.target", "1234"); }, "a"},
      {"the journal left /var early, and much was said before",
       [](auto& m) {
         m.StartupFinished().Logind();
         for (int i = 0; i < 300; ++i) m.Service("kubelet", Cat("stopping pod ", i));
       },
       "a-down"},
      {"not root says so", [](auto& m) { m.StartupFinished().Logind("1000"); }, "a"},
      {"only journald says that it stops", [](auto& m) { m.JournalStops(); }, "a-down"},
      {"somebody says that journald stops",
       [](auto& m) {
         m.Say({{"_TRANSPORT", "journal"},
                {"_UID", "0"},
                {"MESSAGE_ID", "d93fb3c9c24d451a97cea615ce59c00b"},
                {"MESSAGE", "Journal stopped"}});
       },
       "a"},
      {"another message",
       [](auto& m) { m.Journald("d93fb3c9c24d451a97cea615ce59c00c", "Journal stopped"); }, "a"},
      {"journald was restarted",
       [](auto& m) {
         m.StartupFinished().JournalStops().JournalStarts().Service("kubelet", "goes on");
       },
       "a"},
      {"journald was restarted, then an orderly reboot",
       [](auto& m) { m.JournalStops().JournalStarts().StartupFinished().Logind().JournalStops(); },
       "a-down"},
      {"the initrd's journald stops",
       [](auto& m) { m.JournalStops().JournalStarts().StartupFinished(); }, "a"},
      {"down and up again in one boot",
       [](auto& m) { m.StartupFinished().Logind().Reached("shutdown.target").StartupFinished(); },
       "a"},
      {"hidden behind lies",
       [](auto& m) {
         m.StartupFinished().Logind();
         for (int i = 0; i < 60; ++i) m.Logind("1000");
       },
       "a-down"},
      {"more lies than anybody looks at",
       [](auto& m) {
         m.StartupFinished().Logind();
         for (int i = 0; i < 70; ++i) m.Logind("1000");
       },
       "a"},
  };
  for (const Row& row : rows) EXPECT_EQ(ToldOf(row.say), row.told) << row.what;
}

TEST_F(JournalBoots, CaptureKernels) {
  const auto line = [](const std::string& message) {
    return [message](JournalMaker& m) { m.Kernel(message); };
  };
  struct Row {
    const char* what;
    std::function<void(JournalMaker&)> say;
    const char* told;
  };
  const Row rows[] = {
      {"at the end", line("Command line: quiet irqpoll elfcorehdr=1049600K"), "a-capture"},
      {"at the beginning", line("Command line: elfcorehdr=0x74000000 quiet"), "a-capture"},
      {"said later", line("Kernel command line: quiet elfcorehdr=1049600K"), "a-capture"},
      {"arm64", line("OF: fdt: Reserving 1 KiB of memory at 0xfffff000 for elfcorehdr"),
       "a-capture"},
      {"arm64, before 5.15", line("Reserving 2KB of memory at 0xdfdff000 for elfcorehdr"),
       "a-capture"},
      {"a first kernel", line("Command line: quiet crashkernel=256M"), "a"},
      {"another word", line("Command line: quiet noelfcorehdr=1"), "a"},
      {"without a value", line("Command line: quiet elfcorehdr"), "a"},
      {"another message", line("elfcorehdr=1049600K"), "a"},
      {"a service", [](auto& m) { m.Service("x", "Command line: elfcorehdr=1"); }, "a"},
      {"somebody writes to the kernel's log",
       [](auto& m) {
         m.Say({{"_TRANSPORT", "kernel"},
                {"SYSLOG_FACILITY", "1"},
                {"MESSAGE", "Command line: elfcorehdr=1"}});
       },
       "a"},
      {"too late",
       [](auto& m) {
         for (int i = 0; i < 520; ++i) m.Kernel("x");
         m.Kernel("Command line: elfcorehdr=1");
       },
       "a"},
      {"a long line", line("Command line: " + std::string(900, 'x') + " elfcorehdr=1049600K"),
       "a-capture"},
  };
  for (const Row& row : rows) EXPECT_EQ(ToldOf(row.say), row.told) << row.what;
}

TEST_F(JournalBoots, TextOfACaptureKernel) {
  ASSERT_EQ(ToldOf([](JournalMaker& m) {
              m.Kernel("Command line: elfcorehdr=1");
              m.Say({{"_COMM", "sh"}, {"MESSAGE", "two\nlines \x1b[2J"}});
              m.Say({{"MESSAGE", ""}});
              m.Say({{"_TRANSPORT", "kernel"}});
              m.Service("kdump-tools", "makedumpfile Failed.");
            }),
            "a-capture");
  EXPECT_EQ(Boots()->front().text,
            "kernel: Linux version 6.1.0\nsystemd-journald: Journal started\n"
            "kernel: Command line: elfcorehdr=1\nsh: two\\x0alines \\x1b[2J\nunknown: \nkernel: \n"
            "kdump-tools: makedumpfile Failed.");

  ASSERT_EQ(ToldOf([](JournalMaker& m) {
              m.Kernel("Command line: elfcorehdr=1");
              for (int i = 0; i < 3000; ++i) m.Service("x", Cat(i, std::string(40, 'x')));
              m.Service("x", std::string(100'000, 'y'));
              m.Service("x", "end");
            }),
            "a-capture");
  const std::string text = Boots()->front().text;
  EXPECT_LE(text.size(), kJournalTextBytes);
  EXPECT_GT(text.size(), kJournalTextBytes - 1000);
  EXPECT_TRUE(text.ends_with("\nx: end"));
}

TEST_F(JournalBoots, Panics) {
  const auto panic = [](const std::string& line) {
    return [line](JournalMaker& m) {
      m.Kernel("BUG: unable to handle page fault").Kernel(line);
      for (int i = 0; i < 100; ++i) m.Kernel(Cat(" trace+0x", i));
    };
  };
  EXPECT_EQ(ToldOf(panic("Kernel panic - not syncing: sysrq triggered crash")), "a-panic");
  EXPECT_EQ(Boots()->front().panic, "Kernel panic - not syncing: sysrq triggered crash");
  EXPECT_EQ(ToldOf([](auto& m) {
              m.Kernel("Kernel panic - not syncing: first");
              m.Kernel("---[ end Kernel panic - not syncing: first ]---");
            }),
            "a-panic");
  EXPECT_EQ(Boots()->front().panic, "Kernel panic - not syncing: first");
  EXPECT_EQ(ToldOf(panic("---[ end Kernel panic - not syncing: only ]---")), "a-panic");
  EXPECT_EQ(ToldOf(panic("Kernel panic - not syncin")), "a");
  EXPECT_EQ(ToldOf([](auto& m) { m.Service("x", "Kernel panic - not syncing: x"); }), "a");
  EXPECT_EQ(ToldOf([](auto& m) {
              m.Kernel("Kernel panic - not syncing: long ago");
              for (int i = 0; i < 600; ++i) m.Kernel("x");
            }),
            "a");
}

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

TEST_F(JournalBoots, TheNewestFirst) {
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

TEST_F(JournalBoots, OverSeveralFiles) {
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
TEST_F(JournalBoots, AClockThatWasWrong) {
  JournalMaker before, now;
  before.Boot(Id('a'), kDay).Kernel("a");
  before.Boot(Id('b'), kDay + 1000).Kernel("b");
  now.Boot(kNow, 100).Kernel("now");
  now.Boot(kNow, kDay + 2000).Service("x", "y");
  before.Write(Path("system@0005f0a1b2c3d4e5-0123456789abcdef.journal"));
  now.Write(Path());
  EXPECT_EQ(Told(), "b a");
}

TEST_F(JournalBoots, DamagedFiles) {
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

TEST_F(JournalBoots, CutFiles) {
  Five().Write(Path("whole.journal"));
  const std::string whole = Path("whole.journal");
  for (const off_t size : {100, 272, 4096, 100'000, 3'000'000, 6'000'000}) {
    std::filesystem::copy_file(whole, Path(), std::filesystem::copy_options::overwrite_existing);
    ASSERT_EQ(::truncate(Path().c_str(), size), 0);
    EXPECT_EQ(Told(), "error 5") << size;
  }
}

// Whatever a byte of it says, we come back.
TEST_F(JournalBoots, FlippedBytes) {
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

TEST_F(JournalBoots, NotOurs) {
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
