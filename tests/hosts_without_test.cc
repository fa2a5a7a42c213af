// SPDX-License-Identifier: Apache-2.0
// Takes one file after another away from each ready node. What the file said must then be missed: a
// check that rested on it may not go on passing as if nothing were gone, and one that did not rest
// on it may not change. Then the same with something in the file's place that cannot be read.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/text.h"
#include "tests/support/node_look.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

const fs::path kHosts = fs::path(KDUMPD_SOURCE_DIR) / "tests" / "hosts";

struct Row {
  std::string_view file;   // how it begins
  std::string_view check;  // "" for all
  std::string_view why;
};
template <std::size_t N>
bool Listed(const std::array<Row, N>& rows, std::string_view file, std::string_view check) {
  return std::ranges::any_of(rows, [&](const Row& row) {
    return file.starts_with(row.file) && (row.check.empty() || row.check == check);
  });
}

// Files that decide what is asked at all, so that a check may change without naming them.
constexpr std::array kDecides{
    Row{"/etc/os-release", "", "whose rules hold"},
    Row{"/usr/lib/os-release", "", "the same, where the first is a link to it"},
    Row{"/etc/kdump.conf", "", "without a configuration there is no target and nothing to build"},
    Row{"/etc/default/kdump-tools", "", "the same"},
    Row{"/etc/sysconfig/kdump", "", "the same on SUSE; elsewhere it is evidence"},
    Row{"/proc/1/mountinfo", "", "without it nothing outside /proc and /sys is touched"},
    Row{"/sys/kernel/kexec_crash_loaded", "", "what is not loaded is neither lost nor old"},
    Row{"/var/lib/kdump/initrd.img", "", "the image and the link that leads to it"},
};
// Files whose absence is an answer, so that a check may fail or warn without them.
constexpr std::array kAbsenceSays{
    Row{"/etc/kdump.conf", "config_present", "the service refuses to start"},
    Row{"/etc/default/kdump-tools", "config_present", "the same"},
    Row{"/etc/sysconfig/kdump", "config_present", "the same"},
    Row{"/etc/default/grub.d/", "crashkernel_pending", "the next grub.cfg lacks crashkernel="},
    Row{"/sys/kernel/kexec_crash_loaded", "crash_kernel_loaded", "no CONFIG_KEXEC"},
    Row{"/sys/kernel/kexec_crash_size", "crash_reservation", "no CONFIG_CRASH_DUMP"},
    Row{"/boot/initramfs-", "initrd_present", "the next start builds it anew"},
    Row{"/var/lib/kdump/init", "initrd_present", "the same"},
};
// Evidence may hold the name of a file that is not read.
constexpr std::array kOnlyNamed{
    Row{"/dev/", "", "what the mount table calls a device"},
};

std::vector<std::string> ReadyNodes() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kHosts)) {
    const std::string name = entry.path().filename();
    if (entry.is_directory() && name.ends_with("-ready")) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> FilesOf(const fs::path& root) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    files.push_back(Cat("/", entry.path().lexically_relative(root).string()));
  }
  std::ranges::sort(files);
  return files;
}

std::string EvidenceOf(const Finding& finding) {
  std::string text = finding.message;
  for (const Evidence& evidence : finding.evidence) {
    text += Cat(" [", evidence.source, ": ", evidence.value, "]");
  }
  return text;
}
// The whole name, not the beginning of a longer one.
bool Names(const Finding& finding, std::string_view file) {
  const std::string text = EvidenceOf(finding);
  constexpr std::string_view kInNames = "abcdefghijklmnopqrstuvwxyz0123456789_-./";
  for (std::size_t at = text.find(file); at != std::string::npos; at = text.find(file, at + 1)) {
    const std::size_t end = at + file.size();
    if (end == text.size() || kInNames.find(text[end]) == std::string_view::npos) return true;
  }
  return false;
}

constexpr timespec kLongAgo[2]{};

enum class Loss { kGone, kUnreadable };

void ExpectMissed(const std::string& file, Loss loss, const Finding& before, const Finding& after) {
  SCOPED_TRACE(Cat(loss == Loss::kGone ? "without " : "unreadable: ", file, ": ", before.id, " ",
                   Name(before.status), " -> ", Name(after.status), " ", after.reason, ": ",
                   EvidenceOf(after)));
  const bool names = Names(before, file) && !Listed(kOnlyNamed, file, before.id);
  if (before.status == after.status) {
    EXPECT_TRUE(!names || EvidenceOf(before) != EvidenceOf(after))
        << "it rested on the file and does not miss it: " << EvidenceOf(before);
    return;
  }
  EXPECT_NE(after.status, Status::kPass);
  EXPECT_TRUE(names || Names(after, file) || Listed(kDecides, file, before.id))
      << "it changed without naming the file: " << EvidenceOf(before);
  const bool not_known = after.status == Status::kUnknown || after.status == Status::kNotApplicable;
  const bool answer = loss == Loss::kGone && Listed(kAbsenceSays, file, before.id);
  EXPECT_TRUE(not_known || answer) << "not to know is no failure";
}

class Without : public ::testing::TestWithParam<std::string> {};

TEST_P(Without, AnyOneFileTheChecksThatNameItSaySo) {
  const NodeFolder node(kHosts, GetParam());
  const TemporaryTree tree;
  node.Compose(tree.path());
  const State whole = LookAt(node, tree.path());
  int changed = 0;
  const auto look = [&](const std::string& file, Loss loss) {
    const State state = LookAt(node, tree.path());
    for (std::size_t i = 0; i < whole.readiness.findings.size(); ++i) {
      const Finding& before = whole.readiness.findings[i];
      const Finding& after = state.readiness.findings[i];
      ExpectMissed(file, loss, before, after);
      changed += before.status != after.status ? 1 : 0;
    }
  };
  for (const std::string& file : FilesOf(tree.path())) {
    const fs::path place = tree.path() + file;
    const fs::path aside = tree.path() + ".aside";
    fs::rename(place, aside);
    look(file, Loss::kGone);
    fs::create_directory(place);  // root may read every file, and no directory as one
    EXPECT_EQ(::utimensat(AT_FDCWD, place.c_str(), kLongAgo, 0), 0) << place;
    look(file, Loss::kUnreadable);
    fs::remove(place);
    fs::rename(aside, place);
  }
  EXPECT_GT(changed, 100);
}

std::string TestName(const ::testing::TestParamInfo<std::string>& host) {
  std::string name = host.param;
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Node, Without, ::testing::ValuesIn(ReadyNodes()), TestName);

}  // namespace
}  // namespace kdumpd
