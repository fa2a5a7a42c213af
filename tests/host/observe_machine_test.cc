// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/observe_machine.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/host/look.h"

namespace kdumpd {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kNode = R"(proc/cmdline: quiet
proc/1/mountinfo: 20 1 253:0 / / rw shared:1 - xfs /dev/mapper/rhel-root rw
proc/sys/kernel/osrelease: 5.14.0
sys/kernel/kexec_crash_loaded: 1
dev/null:
)";

HostRoot RootOf(const Tree& tree) {
  HostRoot::Paths paths;
  paths.rootfs = tree.path();
  auto root = HostRoot::Open(paths);
  EXPECT_TRUE(root.has_value());
  return *std::move(root);
}

// "known 1", "absent", "unreadable".
template <class T, class Show>
std::string Told(const Fact<T>& fact, const Show& show) {
  if (fact.known()) return Cat("known ", show(fact.value()));
  return fact.absent() ? "absent" : "unreadable";
}
std::string Told(const Fact<std::int64_t>& fact) {
  return Told(fact, [](std::int64_t value) { return std::to_string(value); });
}
std::string Told(const Fact<bool>& fact) {
  return Told(fact, [](bool value) { return std::string(value ? "yes" : "no"); });
}

TEST(ObserveMachine, Knobs) {
  struct Row {
    std::string_view what;
    std::string_view add;
    Knob knob;
    std::string_view expected;
  };
  const std::vector<Row> rows{
      {"a number", "proc/sys/kernel/panic_on_warn: 1", Knob::kPanicOnWarn, "known 1"},
      {"another directory", "proc/sys/vm/panic_on_oom: 2", Knob::kPanicOnOom, "known 2"},
      {"of sysfs", "sys/kernel/oops_count: 3", Knob::kOopsCount, "known 3"},
      {"a flag", "sys/module/kernel/parameters/crash_kexec_post_notifiers: Y", Knob::kPostNotifiers,
       "known 1"},
      {"words", "proc/sys/kernel/ftrace_dump_on_oops: foo,bar", Knob::kFtraceDumpOnOops, "known 1"},
      {"missing", "", Knob::kPanicOnWarn, "absent"},
      {"missing in sysfs", "", Knob::kOopsCount, "absent"},
      {"no module", "", Knob::kSoftdogSoftPanic, "absent"},
      {"a directory", "proc/sys/kernel/panic_on_warn/", Knob::kPanicOnWarn, "unreadable"},
      {"garbage", "proc/sys/kernel/panic_on_warn: yes", Knob::kPanicOnWarn, "unreadable"},
      {"empty", "proc/sys/kernel/panic_on_warn:", Knob::kPanicOnWarn, "unreadable"},
  };
  for (const Row& row : rows) {
    const Tree tree(kNode);
    tree.Add(row.add);
    EXPECT_EQ(Told(LookAt(tree).At(row.knob)), row.expected) << row.what;
  }
}

TEST(ObserveMachine, KnobsOfAHiddenTreeAreNotKnown) {
  const Tree tree(kNode);
  tree.Remove("proc/sys/kernel");
  tree.Remove("sys");
  tree.MakeDirectory("proc/sys/kernel");
  const Facts facts = LookAt(tree);
  EXPECT_EQ(Told(facts.At(Knob::kPanicOnWarn)), "unreadable");
  EXPECT_EQ(Told(facts.At(Knob::kOopsCount)), "unreadable");
  EXPECT_TRUE(facts.trust.unreadable());
  EXPECT_TRUE(facts.watchdogs.unreadable());
  EXPECT_TRUE(facts.pstore.unreadable());
}

TEST(ObserveMachine, ModulesAndConsoles) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).modules.absent());
  EXPECT_TRUE(LookAt(tree).consoles.absent());
  tree.Add(
      "proc/modules: hpwdt 20480 0 - Live 0x0\n"
      "proc/consoles: ttyS0                -W- (EC  p a)    4:64\n");
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.modules.known() && facts.consoles.known());
  ASSERT_EQ(facts.modules->size(), 1u);
  EXPECT_EQ(facts.modules->front().name, "hpwdt");
  EXPECT_EQ(facts.modules.source(), "/proc/modules");
  ASSERT_EQ(facts.consoles->size(), 1u);
  EXPECT_EQ(facts.consoles->front().name, "ttyS0");
}

TEST(ObserveMachine, ListsThatAreTooLargeAreNotKnown) {
  const Tree tree(kNode);
  tree.Write("proc/modules", std::string((1 << 20) + 1, 'x'));
  tree.Write("proc/consoles", std::string((64 << 10) + 1, 'x'));
  EXPECT_TRUE(LookAt(tree).modules.unreadable());
  EXPECT_TRUE(LookAt(tree).consoles.unreadable());
}

TEST(ObserveMachine, IpmiDevice) {
  const Tree tree(kNode);
  EXPECT_EQ(Told(LookAt(tree).ipmi_device), "known no");
  // A FIFO stands in for the device: opening it would wait for a writer.
  ASSERT_EQ(mkfifo((tree.path() + "/dev/ipmi0").c_str(), 0600), 0);
  EXPECT_EQ(Told(LookAt(tree).ipmi_device), "known yes");
  tree.Remove("dev");
  EXPECT_EQ(Told(LookAt(tree).ipmi_device), "unreadable");
  tree.MakeDirectory("dev");
  EXPECT_EQ(Told(LookAt(tree).ipmi_device), "unreadable");
}

TEST(ObserveMachine, Kubelet) {
  const Tree tree(kNode);
  EXPECT_FALSE(LookAt(tree).kubernetes);
  tree.Add("etc/kubernetes/kubelet.conf: x");
  EXPECT_TRUE(LookAt(tree).kubernetes);
  tree.Remove("etc/kubernetes");
  tree.Add("var/lib/kubelet/config.yaml: x");
  EXPECT_TRUE(LookAt(tree).kubernetes);
}

TEST(ObserveMachine, TouchesNothingElseWithoutAMountTable) {
  const Tree tree(kNode);
  tree.Remove("proc/1");
  tree.Add(
      "dev/ipmi0:\n"
      "etc/kubernetes/kubelet.conf: x\n"
      "var/lib/systemd/pstore/1/dmesg.txt: Panic#1 Part1\n");
  const Facts facts = LookAt(tree);
  EXPECT_EQ(Told(facts.ipmi_device), "unreadable");
  EXPECT_FALSE(facts.kubernetes);
  EXPECT_TRUE(facts.pstore.unreadable());
}

std::string Told(const Fact<Trust>& fact) {
  return Told(fact, [](const Trust& trust) {
    return Cat(trust.lockdown, trust.secure_boot ? " secure" : "");
  });
}

void Variable(const Tree& tree, std::string_view name, char value) {
  const std::string bytes{6, 0, 0, 0, value};
  tree.Write(Cat("sys/firmware/efi/efivars/", name, "-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
             bytes);
}

TEST(ObserveMachine, TrustWithoutSecurityModuleOrFirmware) {
  EXPECT_EQ(Told(LookAt(Tree(kNode)).trust), "known none");
}

TEST(ObserveMachine, TrustOfLockdown) {
  const Tree tree(kNode);
  tree.Add("sys/kernel/security/lockdown: none [integrity] confidentiality");
  EXPECT_EQ(Told(LookAt(tree).trust), "known integrity");
  tree.Add("sys/kernel/security/lockdown: garbage");
  EXPECT_EQ(Told(LookAt(tree).trust), "unreadable");
  tree.Remove("sys/kernel/security/lockdown");
  EXPECT_EQ(Told(LookAt(tree).trust), "unreadable") << "nothing is mounted there";
  tree.Add("sys/kernel/security/lsm: capability");
  EXPECT_EQ(Told(LookAt(tree).trust), "known none");
  tree.MakeDirectory("sys/kernel/security/lockdown");
  EXPECT_EQ(Told(LookAt(tree).trust), "unreadable");
}

TEST(ObserveMachine, TrustOfEfi) {
  struct Row {
    std::string_view what;
    int secure;  // -1: no such variable
    int setup;
    std::string_view expected;
  };
  const std::vector<Row> rows{
      {"on", 1, 0, "known none secure"},
      {"off", 0, 0, "known none"},
      {"set up", 1, 1, "known none"},
      {"an old firmware", -1, 0, "known none"},
      {"no mode", 1, -1, "known none"},
      {"garbage", 2, 0, "unreadable"},
      {"garbage of the mode", 1, 7, "unreadable"},
  };
  for (const Row& row : rows) {
    const Tree tree(kNode);
    Variable(tree, "Boot0001", 0);
    if (row.secure >= 0) Variable(tree, "SecureBoot", static_cast<char>(row.secure));
    if (row.setup >= 0) Variable(tree, "SetupMode", static_cast<char>(row.setup));
    EXPECT_EQ(Told(LookAt(tree).trust), row.expected) << row.what;
  }
}

TEST(ObserveMachine, TrustIsNotKnownBehindAnEmptyDirectory) {
  const Tree tree(kNode);
  tree.MakeDirectory("sys/firmware/efi/efivars");
  EXPECT_EQ(Told(LookAt(tree).trust), "unreadable") << "no efivarfs is mounted";
  tree.Remove("sys/firmware/efi");
  EXPECT_EQ(Told(LookAt(tree).trust), "unreadable") << "hidden from a container";
  tree.Add("sys/firmware/memmap/0/start: 0x0");
  EXPECT_EQ(Told(LookAt(tree).trust), "known none") << "a machine with a BIOS";
}

TEST(ObserveMachine, TrustOfOtherFirmware) {
  struct Row {
    std::string_view what;
    std::string_view path;
    std::string_view bytes;
    std::string_view expected;
  };
  const std::vector<Row> rows{
      {"s390x", "sys/firmware/ipl/secure", "1\n", "known none secure"},
      {"s390x, off", "sys/firmware/ipl/secure", "0\n", "known none"},
      {"a Power guest", "proc/device-tree/ibm,secure-boot", "\0\0\0\2"sv, "known none secure"},
      {"it only writes a log", "proc/device-tree/ibm,secure-boot", "\0\0\0\1"sv, "known none"},
      {"not a cell", "proc/device-tree/ibm,secure-boot", "2\n", "unreadable"},
      {"a Power machine", "proc/device-tree/ibm,secureboot/os-secureboot-enforcing", "",
       "known none secure"},
      {"a device tree of somebody else", "proc/device-tree/model", "x", "known none"},
  };
  for (const Row& row : rows) {
    const Tree tree(kNode);
    tree.Write(row.path, row.bytes);
    EXPECT_EQ(Told(LookAt(tree).trust), row.expected) << row.what;
  }
}

TEST(ObserveMachine, TheFirmwareIsAskedOnce) {
  const Tree tree(kNode);
  Variable(tree, "SecureBoot", 1);
  Variable(tree, "SetupMode", 0);
  const HostRoot root = RootOf(tree);
  Facts before;
  before.trust = ReadTrust(root, nullptr);
  EXPECT_EQ(Told(before.trust), "known none secure");
  Variable(tree, "SecureBoot", 0);
  tree.Add("sys/kernel/security/lockdown: none [integrity] confidentiality");
  EXPECT_EQ(Told(ReadTrust(root, &before)), "known integrity secure");
  EXPECT_EQ(Told(ReadTrust(root, nullptr)), "known integrity");
  const Facts nothing;
  EXPECT_EQ(Told(ReadTrust(root, &nothing)), "known integrity") << "it was not known before";
}

}  // namespace
}  // namespace kdumpd
