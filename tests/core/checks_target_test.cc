// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kGiB = 1ULL << 30;

void Remote(Facts& facts) {
  Target target;
  target.kind = TargetKind::kSsh;
  target.spec = "kdump@backup.example.com";
  facts.target = Fact<Target>::Known(target, "/etc/kdump.conf");
}
// An explicit device that is not mounted.
void Unmounted(Facts& facts) {
  Target target;
  target.kind = TargetKind::kDevice;
  target.spec = "/dev/sdb1";
  facts.target = Fact<Target>::Known(target, "/etc/kdump.conf");
  facts.target_device = Fact<bool>::Known(true, "/dev/sdb1");
}
void OnNetwork(Facts& facts) { facts.target.value().mount->fstype = "nfs4"; }
std::function<void(Facts&)> Free(std::uint64_t bytes) {
  return [bytes](Facts& facts) { facts.target_space.value().free_bytes = bytes; };
}

TEST(ChecksTarget, TargetResolved) {
  const std::string_view check = "target_resolved";
  ExpectRows({
      {"resolved", [](Facts&) {}, check, Status::kPass, "resolved"},
      {"remote", Remote, check, Status::kPass, "resolved"},
      {"not", [](Facts& f) { f.target.value().problem = "no mount holds /var/crash"; }, check,
       Status::kFail, "unresolved"},
      {"unreadable", [](Facts& f) { f.target = Locked<Target>("/etc/kdump.conf"); }, check,
       Status::kUnknown, "unreadable"},
      {"nothing configured", [](Facts& f) { f.target = Fact<Target>::Absent("/etc/kdump.conf"); },
       check, Status::kNotApplicable, "no_config"},
  });
}

TEST(ChecksTarget, TargetMounted) {
  const std::string_view check = "target_mounted";
  ExpectRows({
      {"mounted", [](Facts&) {}, check, Status::kPass, "mounted"},
      {"read-only", [](Facts& f) { f.target.value().mount->options = "ro,relatime"; }, check,
       Status::kWarn, "read_only"},
      {"the file system itself is read-only",
       [](Facts& f) { f.target.value().mount->super_options = "ro"; }, check, Status::kWarn,
       "read_only"},
      {"remote", Remote, check, Status::kNotApplicable, "not_a_mount"},
      {"in fstab, not mounted", [](Facts& f) { Unmounted(f), f.target.value().in_fstab = true; },
       check, Status::kFail, "not_mounted"},
      {"not in fstab either", Unmounted, check, Status::kPass, "not_in_fstab"},
      {"noauto", [](Facts& f) { Unmounted(f), f.target.value().noauto = true; }, check,
       Status::kPass, "noauto"},
      {"no such device",
       [](Facts& f) { Unmounted(f), f.target_device = Fact<bool>::Known(false, "/dev/sdb1"); },
       check, Status::kFail, "device_missing"},
  });
}

TEST(ChecksTarget, TargetPathExists) {
  const std::string_view check = "target_path_exists";
  const auto gone = [](Facts& f) { f.target_path.value() = PathFacts{}; };
  ExpectRows({
      {"present", [](Facts&) {}, check, Status::kPass, "present"},
      {"missing while loaded", gone, check, Status::kWarn, "missing"},
      {"missing", [=](Facts& f) { gone(f), f.crash_loaded = Fact<bool>::Known(false, "loaded"); },
       check, Status::kFail, "missing"},
      {"Debian makes it", [=](Facts& f) { gone(f), f.distribution = Distribution::kDebian; }, check,
       Status::kPass, "made_when_needed"},
      {"a file", [](Facts& f) { f.target_path.value().is_directory = false; }, check, Status::kFail,
       "not_a_directory"},
      {"a link to another file system", [](Facts& f) { f.target_path.value().elsewhere = true; },
       check, Status::kFail, "leads_elsewhere"},
      {"remote", Remote, check, Status::kNotApplicable, "not_seen"},
      {"on a network mount", OnNetwork, check, Status::kNotApplicable, "not_seen"},
      {"not mounted", Unmounted, check, Status::kNotApplicable, "not_seen"},
      {"unreadable", [](Facts& f) { f.target_path = Locked<PathFacts>("/var/crash"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksTarget, TargetFreeSpace) {
  const std::string_view check = "target_free_space";
  const Numbers numbers = NumbersOf(ReadyHost());
  ASSERT_TRUE(numbers.dump_p50_bytes && numbers.dump_p95_bytes);
  const std::uint64_t p50 = *numbers.dump_p50_bytes;
  const std::uint64_t p95 = *numbers.dump_p95_bytes;
  ASSERT_LT(p50, p95);
  ExpectRows({
      {"plenty", [](Facts&) {}, check, Status::kPass, "fits"},
      {"room for two", Free(2 * p95), check, Status::kPass, "fits"},
      {"not quite for two", Free(2 * p95 - 2), check, Status::kWarn, "one_dump_only"},
      {"for one", Free(p95), check, Status::kWarn, "one_dump_only"},
      {"perhaps for one", Free(p95 - 1), check, Status::kWarn, "may_not_fit"},
      {"half an ordinary one", Free(p50 / 2), check, Status::kWarn, "may_not_fit"},
      {"nearly full", Free(p50 / 2 - 1), check, Status::kFail, "too_small"},
      {"full", Free(0), check, Status::kFail, "too_small"},
      {"remote", Remote, check, Status::kNotApplicable, "not_seen"},
      {"on a network mount", OnNetwork, check, Status::kNotApplicable, "not_seen"},
      {"no meminfo: a tenth of memory",
       [](Facts& f) { f.meminfo = Locked<Meminfo>("/proc/meminfo"); }, check, Status::kPass,
       "fits"},
      {"no estimate",
       [](Facts& f) {
         f.meminfo = Locked<Meminfo>("/proc/meminfo");
         f.iomem = Locked<MemoryMap>("/proc/iomem");
       },
       check, Status::kUnknown, "dump_size_unknown"},
      {"unreadable", [](Facts& f) { f.target_space = Locked<Space>("/var/crash"); }, check,
       Status::kUnknown, "unreadable"},
  });
  EXPECT_GT(p95, 3 * kGiB) << "a tenth of 32 GiB";
}

std::function<void(Facts&)> Dumped(DumpState state, std::int64_t days_ago, bool historic = false) {
  return [=](Facts& facts) {
    Dump dump;
    dump.directory = "127.0.0.1-2026-11-01-00:00:00";
    dump.vmcore = "vmcore-incomplete";
    dump.state = state;
    dump.reason = "unfinished_name";
    dump.crash_time = kTestNow - days_ago * 86400;
    dump.historic = historic;
    facts.dumps.value().push_back(dump);
  };
}

TEST(ChecksTarget, IncompleteDumps) {
  const std::string_view check = "incomplete_dumps";
  ExpectRows({
      {"none", [](Facts&) {}, check, Status::kPass, "none"},
      {"a whole one", Dumped(DumpState::kComplete, 1), check, Status::kPass, "none"},
      {"being written", Dumped(DumpState::kWriting, 0), check, Status::kPass, "none"},
      {"one that broke off", Dumped(DumpState::kIncomplete, 1), check, Status::kWarn, "found"},
      {"a truncated one", Dumped(DumpState::kTruncated, 30), check, Status::kWarn, "found"},
      {"a damaged one", Dumped(DumpState::kDamaged, 1), check, Status::kWarn, "found"},
      {"long ago", Dumped(DumpState::kIncomplete, 31), check, Status::kPass, "none"},
      {"a scan that goes on", [](Facts& f) { f.dumps_partial = true; }, check, Status::kUnknown,
       "scan_unfinished"},
      {"found before its end",
       [](Facts& f) { Dumped(DumpState::kIncomplete, 1)(f), f.dumps_partial = true; }, check,
       Status::kWarn, "found"},
      {"only whole ones before its end",
       [](Facts& f) { Dumped(DumpState::kComplete, 1)(f), f.dumps_partial = true; }, check,
       Status::kUnknown, "scan_unfinished"},
      {"before our time", Dumped(DumpState::kIncomplete, 1, true), check, Status::kPass, "none"},
      {"no directory yet",
       [](Facts& f) { f.dumps = Fact<std::vector<Dump>>::Absent("/var/crash"); }, check,
       Status::kPass, "none"},
      {"unreadable", [](Facts& f) { f.dumps = Locked<std::vector<Dump>>("/var/crash"); }, check,
       Status::kUnknown, "unreadable"},
      {"remote", Remote, check, Status::kNotApplicable, "not_seen"},
  });
}

}  // namespace
}  // namespace kdumpd
