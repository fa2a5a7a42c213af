// SPDX-License-Identifier: Apache-2.0
// What is said of a boot that is over.
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "tests/systemd/journal_directory.h"

namespace kdumpd {
namespace {

class JournalBoots : public JournalDirectory {
 protected:
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
  EXPECT_EQ(ToldOf(panic("usb 1-1: Product: Kernel panic - not syncing: x")), "a");
  EXPECT_EQ(ToldOf([](auto& m) { m.Service("x", "Kernel panic - not syncing: x"); }), "a");
  EXPECT_EQ(ToldOf([](auto& m) {
              m.Kernel("Kernel panic - not syncing: long ago");
              for (int i = 0; i < 600; ++i) m.Kernel("x");
            }),
            "a");
}

}  // namespace
}  // namespace kdumpd
