// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_details.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kdumpd {
namespace {

struct CpuCase {
  std::string_view line;
  std::optional<std::uint32_t> cpu;
  std::int64_t pid;
  std::string_view task;
  std::string_view taint;
  std::string_view release;
};

TEST(CrashDetailsTest, CpuLines) {
  const std::vector<CpuCase> cases{
      {"CPU: 3 PID: 1742 Comm: fio Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1", 3, 1742, "fio",
       "", "6.1.0-31-amd64"},
      {"CPU: 3 PID: 1742 Comm:  Not tainted 6.1.0 #1", 3, 1742, "", "", "6.1.0"},
      {"CPU: 3 PID: 1742 Comm: fio Kdump: loaded Not tainted 6.1.0 #1", 3, 1742, "fio", "",
       "6.1.0"},
      {"CPU: 3 PID: 1742 Comm: fio Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1", 3,
       1742, "fio", "G           OE", "6.1.0-31-amd64"},
      {"CPU: 0 UID: 0 PID: 7 Comm: init Kdump: loaded Tainted: G  OE  6.12.107 #1 Debian", 0, 7,
       "init", "G  OE", "6.12.107"},
      {"CPU: 127 UID: 1000 PID: 4194303 Comm: kworker/u256:12 Not tainted 6.12.0+ #1", 127, 4194303,
       "kworker/u256:12", "", "6.12.0+"},
      {"CPU: 3 PID: 1742 Comm: a b c Not tainted 4.15.0-213-generic #224-Ubuntu", 3, 1742, "a b c",
       "", "4.15.0-213-generic"},
      {"CPU: 3 PID: 1742 Comm: PID: 9 Comm: x Not tainted 6.1.0 #1", 3, 1742, "PID: 9 Comm: x", "",
       "6.1.0"},
      {"CPU: 3 PID: 1742 Comm: x Tainted: P Not tainted 6.1.0 #1", 3, 1742, "x Tainted: P", "",
       "6.1.0"},
      {"CPU: 3 PID: 1742 Comm: x Not tainted Kdump: loaded Tainted: G           OE      6.1.0 #1",
       3, 1742, "x Not tainted", "G           OE", "6.1.0"},
      {"CPU: 3 PID: 1742 Comm: x Kdump: loaded Kdump: loaded Not tainted 6.1.0 #1", 3, 1742,
       "x Kdump: loaded", "", "6.1.0"},
      {"CPU: 3 PID: 9 Comm: x Kdump: loaded Tainted: G           OE    --------- -  - "
       "4.18.0-553.el8.x86_64 #1",
       3, 9, "x", "G           OE", "4.18.0-553.el8.x86_64"},
      {"CPU: 3 PID: 9 Comm: x Tainted: G           OE  ------------   3.10.0-1160.el7.x86_64 #1", 3,
       9, "x", "G           OE", "3.10.0-1160.el7.x86_64"},
      {"CPU: 3 PID: 9 Comm: x Tainted: G           OE  ------------ T 3.10.0-1160.el7.x86_64 #1", 3,
       9, "x", "G           OE", "3.10.0-1160.el7.x86_64"},
      {"CPU: 3 PID: 9 Comm: x Tainted: G        W         -------  ---  5.14.0-362.el9.x86_64 #1",
       3, 9, "x", "G        W", "5.14.0-362.el9.x86_64"},
      {"CPU: 3 PID: 1742 Comm: fio", 3, 1742, "fio", "", ""},
      {"CPU: 3 PID: 1742 Comm: fio Tainted: G    B D W  OEL", 3, 1742, "fio", "G    B D W  OEL",
       ""},
      {"CPU: 3    PID: 1742 Comm: fio Not tainted 5.4.0 #1", 3, 1742, "fio", "", "5.4.0"},
      {"Pid: 4101, comm: fio Not tainted 2.6.32-754.el6.x86_64 #1 HP ProLiant", std::nullopt, 4101,
       "fio", "", "2.6.32-754.el6.x86_64"},
      {"Pid: 4101, comm: a b Tainted: P        W  2.6.32 #1", std::nullopt, 4101, "a b",
       "P        W", "2.6.32"},
  };
  for (const CpuCase& test : cases) {
    const auto line = ParseCpuLine(test.line);
    ASSERT_TRUE(line) << test.line;
    EXPECT_EQ(line->cpu, test.cpu) << test.line;
    EXPECT_EQ(line->pid, test.pid) << test.line;
    EXPECT_EQ(line->task, test.task) << test.line;
    EXPECT_EQ(line->taint, test.taint) << test.line;
    EXPECT_EQ(line->release, test.release) << test.line;
  }
  for (const std::string_view line :
       {"", "CPU: 3", "CPU: 3 PID: 1742", "CPU: 3 Comm: fio", "CPU: 3 PID: x Comm: fio",
        "CPU: 3 PID: -1 Comm: fio", "cpu: 3 PID: 1 Comm: fio", "x CPU: 3 PID: 1 Comm: fio",
        "CPU 3 PID: 1 Comm: fio", "Pid: 1 fio", "CPU: 3 PID: 99999999999999999999 Comm: fio",
        "CPU: Physical Processor ID: 0", "Pid: , comm: fio"}) {
    EXPECT_FALSE(ParseCpuLine(line)) << line;
  }
}

TEST(CrashDetailsTest, Taint) {
  CpuLine line;
  EXPECT_TRUE(ParseTaint("      Tainted: G           OE      6.1.0-31-amd64 #1 Debian", line));
  EXPECT_EQ(line.taint, "G           OE");
  EXPECT_EQ(line.release, "6.1.0-31-amd64");
  line = {};
  EXPECT_TRUE(ParseTaint("REGS: c00000001b36f7c0 TRAP: 0300   Not tainted  (6.1.0)", line));
  EXPECT_EQ(line.taint, "");
  EXPECT_EQ(line.release, "");
  EXPECT_FALSE(ParseTaint("Tainted:G", line));
  EXPECT_FALSE(ParseTaint("not tainted", line));
}

struct NameCase {
  std::string_view line;
  std::string_view task;
  std::optional<std::int64_t> pid;
  std::optional<std::uint32_t> cpu = std::nullopt;
};

TEST(CrashDetailsTest, NamesOfTasks) {
  const std::vector<NameCase> cases{
      {"watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [fio:1742]", "fio", 1742, 3},
      {"BUG: soft lockup - CPU#12 stuck for 22s! [kworker/u8:1:77]", "kworker/u8:1", 77, 12},
      {"BUG: soft lockup - CPU#0 stuck for 22s! [a ]:5:9]", "a ]:5", 9, 0},
      {"INFO: task fio:1742 blocked for more than 120 seconds.", "fio", 1742},
      {"INFO: task fio:1742 blocked in I/O wait for more than 120 seconds.", "fio", 1742},
      {"INFO: task jbd2/sda1-8:310 blocked for more than 120 seconds.", "jbd2/sda1-8", 310},
      {"INFO: task x:1 blocked :2 blocked for more than 120 seconds.", "x:1 blocked", 2},
      {"Read of size 8 at addr ffff888003d3f018 by task init/1", "init", 1},
      {"Write of size 1 at addr ffff888003d3f018 by task kworker/0:1/12", "kworker/0:1", 12},
      {"Read of size 8 at addr ffff888003d3f018 by task a by task b/3", "b", 3},
      {"WARNING: CPU: 5 PID: 31 at fs/x.c:1 f+0x1/0x2", "", 31, 5},
      {"Process fio (pid: 4101, threadinfo ffff8808337b6000, task ffff880835c1a040)", "fio", 4101},
      {"Process a (pid: 9 (pid: 77, stack limit = 0x00000000a0b3d4a9)", "a (pid: 9", 77},
  };
  for (const NameCase& test : cases) {
    const auto name = ParseTaskName(test.line);
    ASSERT_TRUE(name) << test.line;
    EXPECT_EQ(name->task, test.task) << test.line;
    EXPECT_EQ(name->pid, test.pid) << test.line;
    EXPECT_EQ(name->cpu, test.cpu) << test.line;
  }
  for (const std::string_view line :
       {"", "BUG: soft lockup - CPU#3 stuck for 22s!", "BUG: soft lockup - CPU#3 stuck for 22s! []",
        "BUG: soft lockup - CPU#3 stuck for 22s! [fio]", "INFO: task fio blocked for more than 1 s",
        "INFO: task fio:x blocked for more than 1 s", "x INFO: task fio:1 blocked for more than",
        "INFO: task fio:1", "Read of size 8 at addr ffff by task fio", "Read by task fio/1",
        "Process fio", "process fio (pid: 1)", "WARNING: at fs/x.c:1 f+0x1/0x2"}) {
    EXPECT_FALSE(ParseTaskName(line)) << line;
  }
}

TEST(CrashDetailsTest, SourceFiles) {
  for (const auto& [line, file] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"kernel BUG at lib/list_debug.c:53!", "lib/list_debug.c"},
           {"kernel BUG at ./include/linux/mm.h:717!", "./include/linux/mm.h"},
           {"WARNING: CPU: 0 PID: 1 at mm/slub.c:419 f+0x1/0x2", "mm/slub.c"},
           {"WARNING: mm/slub.c:1234 at cache_from_obj+0xba/0x110, CPU#0: fio/31", "mm/slub.c"},
           {"WARNING: at lib/list_debug.c:53 __list_del_entry+0x63/0xd0()", "lib/list_debug.c"},
           {"kernel BUG in f+0x1/0x2!", ""},
           {"kernel BUG at f!", ""},
           {"Unable to handle kernel paging request at virtual address 0000.0", ""},
           {"", ""},
       }) {
    EXPECT_EQ(SourceFile(line), file) << line;
  }
}

struct AddressCase {
  std::string_view line;
  std::optional<std::uint64_t> address;
};

TEST(CrashDetailsTest, FaultAddresses) {
  const std::vector<AddressCase> cases{
      {"BUG: kernel NULL pointer dereference, address: 0000000000000018", 0x18},
      {"BUG: unable to handle page fault for address: ffffc90004a31000", 0xffffc90004a31000},
      {"BUG: unable to handle kernel NULL pointer dereference at 0000000000000018", 0x18},
      {"BUG: unable to handle kernel NULL pointer dereference at           (null)", 0},
      {"BUG: unable to handle kernel NULL pointer dereference at (null)", 0},
      {"BUG: unable to handle kernel paging request at ffffc90004a31000", 0xffffc90004a31000},
      {"Unable to handle kernel NULL pointer dereference at virtual address 00000018", 0x18},
      {"Unable to handle kernel paging request for data at address 0x00000010", 0x10},
      {"BUG: Kernel NULL pointer dereference on read at 0x00000018", 0x18},
      {"BUG: Unable to handle kernel data access on write at 0xc0080000deadbef0",
       0xc0080000deadbef0},
      {"Kernel attempted to read user page (18) - exploit attempt? (uid: 0)", 0x18},
      {"Failing address: 6b6b6b6b6b6b6000 TEID: 6b6b6b6b6b6b6803", 0x6b6b6b6b6b6b6000},
      {"Unable to handle kernel pointer dereference at virtual kernel address           (null)", 0},
      {"Unable to handle kernel pointer dereference in virtual kernel address space", std::nullopt},
      {"address: ", std::nullopt},
      {"address: xyz", std::nullopt},
      {"address: 00000000000000000000018f", 0x18f},
      {"address: fffffffffffffffff", std::nullopt},
      {"address 18", std::nullopt},
      {"", std::nullopt},
  };
  for (const AddressCase& test : cases)
    EXPECT_EQ(FaultAddress(test.line), test.address) << test.line;
}

struct ModuleCase {
  std::string_view line;
  bool list;
  std::vector<std::string> modules;
};

TEST(CrashDetailsTest, Modules) {
  const std::vector<ModuleCase> cases{
      {"Modules linked in: a(OE) b nf_nat(+) snd-hda(-) [last unloaded: c]",
       true,
       {"a(OE)", "b", "nf_nat(+)", "snd-hda(-)"}},
      {"Modules linked in:", true, {}},
      {"Modules linked in: [last unloaded: c(O)]", true, {}},
      {"a b c", true, {"a", "b", "c"}},
      {"Modules linked in: a b: c", false, {}},
      {"CPU: 0 PID: 1 Comm: x", false, {}},
      {"a (OE)", false, {}},
      {"a(OE b", false, {}},
      {"\xc3\xa9", false, {}},
  };
  for (const ModuleCase& test : cases) {
    std::vector<std::string> modules;
    EXPECT_EQ(AddModules(test.line, modules), test.list) << test.line;
    EXPECT_EQ(modules, test.modules) << test.line;
  }
  EXPECT_TRUE(IsModuleLine("Modules linked in: a"));
  EXPECT_FALSE(IsModuleLine("modules linked in: a"));
  EXPECT_FALSE(IsModuleLine(" Modules linked in: a"));
}

TEST(CrashDetailsTest, AtMostSoManyModules) {
  std::string line = "Modules linked in:";
  for (int i = 0; i < 600; ++i) line += " m" + std::to_string(i);
  std::vector<std::string> modules;
  EXPECT_TRUE(AddModules(line, modules));
  EXPECT_TRUE(AddModules("more", modules));
  EXPECT_EQ(modules.size(), kMaxModules);
}

}  // namespace
}  // namespace kdumpd
