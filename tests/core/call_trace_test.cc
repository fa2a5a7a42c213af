// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/call_trace.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/crash_logs.h"

namespace kdumpd {
namespace {

// "report: *ip | f g", one line for each trace.
std::string Traces(std::string_view log) {
  std::vector<KernelLine> lines;
  for (const std::string_view line : Lines(log)) lines.push_back(ParseKernelLine(line));
  std::string told;
  for (const CallTrace& trace : ReadTraces(lines)) {
    constexpr std::string_view kOrigins[] = {"report", "cpu", "grace", "last"};
    told += Cat(kOrigins[static_cast<int>(trace.origin)], ':');
    if (trace.instruction_pointer) told += Cat(' ', Told(*trace.instruction_pointer));
    told += " |";
    for (const StackFrame& frame : trace.frames) told += Cat(' ', Told(frame));
    told += '\n';
  }
  return told;
}

struct TraceCase {
  std::string_view name;
  std::string_view log;
  std::string_view told;
};

void ExpectTraces(const std::vector<TraceCase>& cases) {
  for (const TraceCase& test : cases) EXPECT_EQ(Traces(test.log), test.told) << test.name;
}

TEST(CallTraceTest, Pointers) {
  ExpectTraces({
      {"x86", "RIP: 0010:f+0x1/0x2 [m]\n", "report: *f[m] |\n"},
      {"x86, old", "RIP: 0010:[<ffffffffa04c3128>]  [<ffffffffa04c3128>] f+0x1/0x2 [m]\n",
       "report: *f[m] |\n"},
      {"x86, before the oops", "IP: [<ffffffffa04c3128>] f+0x1/0x2 [m]\n", "report: *f[m] |\n"},
      {"i386", "EIP: 0060:[<f8a2c041>] EFLAGS: 00010246 CPU: 0\n", ""},
      {"i386", "EIP is at f+0x1/0x2 [m]\n", "report: *f[m] |\n"},
      {"i386, 4.19", "EIP: f+0x1/0x2 [m]\n", "report: *f[m] |\n"},
      {"arm64", "pc : f+0x1/0x2 [m]\nlr : g+0x1/0x2 [m]\n", "report: *f[m] |\n"},
      {"arm", "PC is at f+0x1/0x2 [m]\nLR is at g+0x1/0x2 [m]\n", "report: *f[m] |\n"},
      {"ppc64", "NIP [c008000004a10128] f+0x1/0x2 [m]\nLR [c008000004a10128] g+0x1/0x2 [m]\n",
       "report: *f[m] |\n"},
      {"s390", "Krnl PSW : 0704c00180000000 000003ff80042a36 (f+0x1/0x2 [m])\n",
       "report: *f[m] |\n"},
      {"riscv", "epc : f+0x1/0x2 [m]\n ra : g+0x1/0x2 [m]\n", "report: *f[m] |\n"},
      {"user space", "RIP: 0033:f+0x1/0x2\nRIP: 002b:f+0x1/0x2\nRIP: 0023:f+0x1/0x2\n", ""},
      {"user space, old", "RIP: 0033:[<00007f21c0d1a7a0>]  [<00007f21c0d1a7a0>] 0x7f21c0d1a7a0\n",
       ""},
      {"nowhere, and what follows is of another place",
       "RIP: 0010:0x0\nRIP: 0010:f+0x1/0x2\nCall Trace:\n g+0x1/0x2\n", "report: | g\n"},
      {"the first of two counts", "IP: f+0x1/0x2\nRIP: 0010:g+0x1/0x2\n", "report: *f |\n"},
  });
}

TEST(CallTraceTest, Contexts) {
  ExpectTraces({
      {"6.1",
       R"(Call Trace:
 <IRQ>
 a+0x1/0x2
 ? b+0x1/0x2
 </IRQ>
 <TASK>
 asm_x+0x1/0x2
RIP: 0010:c+0x1/0x2 [m]
RSP: 0018:ffffb2d4c1e3bd58 EFLAGS: 00010246
 d+0x1/0x2
RIP: 0033:0x47b7a0
 </TASK>
)",
       "report: | irq:a irq:?b asm_x *c[m] d\n"},
      {"exceptions",
       "Call Trace:\n <#DF>\n a+0x1/0x2\n </#DF>\n b+0x1/0x2\n <NMI>\n c+0x1/0x2\n </NMI>\n "
       "d+0x1/0x2\n"
       " <SOFTIRQ>\n e+0x1/0x2\n",
       "report: | exception:a b nmi:c d irq:e\n"},
      {"3.10: marks and frames in one line",
       R"(Call Trace:
 <NMI>  [<ffffffff81685fac>] a+0x19/0x1b
 [<ffffffff8167f3b3>] b+0xe3/0x1f2
 <<EOE>>  <IRQ>  [<ffffffff81085abf>] c+0x3f/0x40
 <EOI>  [<ffffffff81085abf>] ? d+0x3f/0x40
)",
       "report: | nmi:a nmi:b irq:c ?d\n"},
      {"the first frame behind the colon",
       "Call Trace: [<ffffffff81685fac>] a+0x1/0x2\n b+0x1/0x2\n", "report: | a b\n"},
      {"arm", "Backtrace: \n[<c0008abc>] (f+0x0/0x2) from [<c0145f30>] (g+0x1/0x2)\n",
       "report: | f\n"},
  });
}

TEST(CallTraceTest, WhereATraceEnds) {
  ExpectTraces({
      {"s390: what broke last",
       "Call Trace:\n a+0x1/0x2\nLast Breaking-Event-Address:\n b+0x1/0x2\n", "report: | a\n"},
      {"modules", "Call Trace:\n a+0x1/0x2\nModules linked in: x\n b+0x1/0x2\n", "report: | a\n"},
      {"ppc64", "Call Trace:\n a+0x1/0x2\nInstruction dump:\n b+0x1/0x2\n", "report: | a\n"},
      {"no start", "a+0x1/0x2\n", ""},
      {"somebody's lines", "Call Trace:\n a+0x1/0x2\n<12> b+0x1/0x2\n<12>RIP: 0010:c+0x1/0x2\n",
       "report: | a\n"},
      {"two traces", "Call Trace:\n a+0x1/0x2\nCall Trace:\n b+0x1/0x2\n",
       "report: | a\nreport: | b\n"},
      {"two processors",
       "CPU: 1 PID: 1 Comm: x Not tainted\nCall Trace:\n a+0x1/0x2\nCPU: 2 PID: 2 Comm: y Not "
       "tainted\nRIP: 0010:f+0x1/0x2\nCall Trace:\n b+0x1/0x2\n",
       "report: | a\nreport: *f | b\n"},
      {"an empty trace is none", "Call Trace:\n <TASK>\n </TASK>\nCall Trace:\n", ""},
      {"", "", ""},
  });
}

TEST(CallTraceTest, Origins) {
  ExpectTraces({
      {"a stall",
       R"(rcu: 	3-....: (5249 ticks this GP)
CPU: 0 PID: 1 Comm: x Not tainted 6.1 #1
Call Trace:
 a+0x1/0x2
NMI backtrace for cpu 3
CPU: 3 PID: 2 Comm: y Not tainted 6.1 #1
RIP: 0010:f+0x1/0x2
Call Trace:
 b+0x1/0x2
rcu: RCU grace-period kthread stack dump:
Call Trace:
 c+0x1/0x2
rcu: Stack dump where RCU GP kthread last ran:
Call Trace:
 d+0x1/0x2
Task dump for CPU 4:
Call Trace:
 e+0x1/0x2
)",
       "report: | a\ncpu: *f | b\ngrace: | c\nlast: | d\ncpu: | e\n"},
      {"5.4", "rcu: \tRCU grace-period kthread stack dump:\nCall Trace:\n c+0x1/0x2\n",
       "grace: | c\n"},
  });
}

TEST(CallTraceTest, Bounds) {
  std::string frames = "Call Trace:\n";
  for (int i = 0; i < 1000; ++i) frames += " a+0x1/0x2\n";
  std::string traces;
  for (int i = 0; i < 1000; ++i) traces += "Call Trace:\n a+0x1/0x2\n";
  std::vector<KernelLine> lines;
  for (const std::string_view line : Lines(frames)) lines.push_back(ParseKernelLine(line));
  ASSERT_EQ(ReadTraces(lines).size(), 1U);
  EXPECT_EQ(ReadTraces(lines).front().frames.size(), kMaxFrames);
  lines.clear();
  for (const std::string_view line : Lines(traces)) lines.push_back(ParseKernelLine(line));
  EXPECT_EQ(ReadTraces(lines).size(), 64U);
  EXPECT_TRUE(ReadTraces({}).empty());
}

}  // namespace
}  // namespace kdumpd
