// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/image_inputs.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kRelease = "5.14.0";

Target TargetOf(const KdumpConfig& config) {
  Target target;
  target.kind = config.target.kind;
  target.spec = config.target.spec;
  return target;
}

std::vector<ImageInput> Inputs(Distribution distribution, std::string_view text) {
  const KdumpConfig config = ParseKdumpConfig(ProfileOf(distribution).dialect, text);
  return ImageInputs(distribution, config, TargetOf(config), kRelease);
}

// "+" tracked, "-" untracked, "!" required as well.
std::string Marked(const std::vector<ImageInput>& inputs) {
  std::string text;
  for (const ImageInput& input : inputs) {
    text += Cat(text.empty() ? "" : " ",
                input.required  ? "!"
                : input.tracked ? "+"
                                : "-",
                input.path);
  }
  return text;
}

const ImageInput* Find(const std::vector<ImageInput>& inputs, std::string_view path) {
  for (const ImageInput& input : inputs) {
    if (input.path == path) return &input;
  }
  return nullptr;
}

constexpr std::string_view kRhelAlways =
    "+/etc/kdump.conf -/etc/sysconfig/kdump +/etc/fstab !/etc/kdump/pre.d !/etc/kdump/post.d "
    "+/etc/kdump/emergency.d";

TEST(ImageInputs, ListsWhatEachToolCopies) {
  struct Row {
    std::string_view what;
    Distribution distribution;
    std::string_view text;
    std::string expected;
  };
  const std::string rhel(kRhelAlways);
  const std::string kernel = " +/boot/vmlinuz-5.14.0";
  const std::vector<Row> rows{
      {"a local target", Distribution::kRhel, "path /var/crash\n",
       rhel + kernel + " -makedumpfile"},
      {"a collector that is named", Distribution::kCoreos, "core_collector makedumpfile -d 31\n",
       rhel + kernel + " +makedumpfile"},
      {"modules", Distribution::kRhel, "extra_modules nfs\ncore_collector /opt/mdf -d 31\n",
       rhel + kernel + " +/lib/modules/5.14.0/modules.dep +/opt/mdf"},
      {"Debian", Distribution::kDebian, "USE_KDUMP=1\n",
       "-/etc/default/kdump-tools +/etc/kdump/sysctl.conf -/boot/vmlinuz-5.14.0"},
      {"Debian's own link to the kernel", Distribution::kDebian,
       "USE_KDUMP=1\nKDUMP_KERNEL=/var/lib/kdump/vmlinuz\n",
       "-/etc/default/kdump-tools +/etc/kdump/sysctl.conf -/boot/vmlinuz-5.14.0"},
      {"a kernel of the user's", Distribution::kUbuntu,
       "USE_KDUMP=1\nKDUMP_KERNEL=/boot/vmlinuz-crash\n",
       "-/etc/default/kdump-tools +/etc/kdump/sysctl.conf"},
      {"Debian over ssh boots the whole system", Distribution::kDebian,
       "USE_KDUMP=1\nSSH=\"kdump@server\"\n",
       "-/etc/default/kdump-tools +/etc/kdump/sysctl.conf -/boot/vmlinuz-5.14.0"},
      {"SUSE", Distribution::kSuse, "KDUMP_SAVEDIR=/var/crash\n", "+/etc/sysconfig/kdump"},
      {"SUSE's scripts", Distribution::kSuse,
       "KDUMP_PRESCRIPT=\"/opt/pre -x\"\nKDUMP_POSTSCRIPT=\"A=1 post\"\n"
       "KDUMP_REQUIRED_PROGRAMS=\"/opt/pre ip\"\n",
       "+/etc/sysconfig/kdump -/opt/pre -ip"},
      {"SUSE over NFS", Distribution::kSuse, "KDUMP_SAVEDIR=nfs://10.0.0.1/export\n",
       "+/etc/sysconfig/kdump +/etc/hosts +/etc/nsswitch.conf"},
      {"SUSE over ssh with a key", Distribution::kSuse,
       "KDUMP_SAVEDIR=ssh://kdump@server/d\nKDUMP_SSH_IDENTITY=\"~/keys/a b\"\n",
       "+/etc/sysconfig/kdump +/etc/hosts +/etc/nsswitch.conf -/etc/resolv.conf "
       "-/root/.ssh/known_hosts -/root/keys/a -/root/.ssh/b +/root/.ssh/id_rsa.pub "
       "+/root/.ssh/id_ecdsa.pub +/root/.ssh/id_ed25519.pub +/root/.ssh/id_dsa.pub"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Marked(Inputs(row.distribution, row.text)), row.expected) << row.what;
  }
}

TEST(ImageInputs, NamesHooksAndPrograms) {
  const auto inputs = Inputs(Distribution::kRhel,
                             "kdump_pre /opt/pre\nkdump_post post\nkdump_emergency /opt/e\n"
                             "extra_bins /usr/bin/lftp bin/x /opt/* /opt/pre\n");
  struct Row {
    std::string_view path;
    std::string_view key;
  };
  for (const Row& row :
       {Row{"/opt/pre", "kdump_pre"}, Row{"/post", "kdump_post"}, Row{"/opt/e", "kdump_emergency"},
        Row{"/usr/bin/lftp", "extra_bins"}, Row{"/bin/x", "extra_bins"}}) {
    const ImageInput* input = Find(inputs, row.path);
    ASSERT_NE(input, nullptr) << row.path;
    EXPECT_EQ(input->key, row.key);
    EXPECT_EQ(input->role, InputRole::kHook);
    EXPECT_TRUE(input->required && input->tracked) << row.path;
  }
  EXPECT_EQ(Find(inputs, "/opt/*"), nullptr);
}

// What stands in the image only when the target is on a network, and named.
TEST(ImageInputs, LooksAtTheNetworkForNetworkTargets) {
  struct Row {
    std::string_view text;
    bool profiles;
    bool names;
    bool keys;
  };
  const std::vector<Row> rows{
      {"path /var/crash\n", false, false, false},
      {"ext4 /dev/sda1\n", false, false, false},
      {"virtiofs tag\n", false, false, false},
      {"nfs server:/export\n", true, true, false},
      {"nfs 10.0.0.1:/export\n", true, false, false},
      {"nfs [fd00::1]:/export\n", true, false, false},
      {"nfs 10.0.0.1x:/export\n", true, true, false},
      {"ssh kdump@server\n", true, true, true},
      {"ssh kdump@10.0.0.1\n", true, false, true},
      {"ssh kdump@fd00::1\n", true, false, true},
  };
  for (const Row& row : rows) {
    const auto inputs = Inputs(Distribution::kRhel, row.text);
    EXPECT_EQ(Find(inputs, "/etc/NetworkManager/system-connections") != nullptr, row.profiles)
        << row.text;
    for (const auto* path : {"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"}) {
      EXPECT_EQ(Find(inputs, path) != nullptr, row.names) << row.text << path;
    }
    for (const auto* path : {"/root/.ssh/kdump_id_rsa", "/root/.ssh/known_hosts"}) {
      EXPECT_EQ(Find(inputs, path) != nullptr, row.keys) << row.text << path;
    }
  }
  // A path on a network mount is such a target too.
  Target mounted;
  mounted.fstype = "nfs4";
  mounted.spec = "server:/export";
  EXPECT_NE(Find(ImageInputs(Distribution::kRhel, {}, mounted, kRelease), "/etc/hosts"), nullptr);
}

TEST(ImageInputs, TakesTheConfiguredKey) {
  const auto inputs = Inputs(Distribution::kRhel, "ssh kdump@server\nsshkey /root/.ssh/mine\n");
  const ImageInput* key = Find(inputs, "/root/.ssh/mine");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->role, InputRole::kSshKey);
  EXPECT_FALSE(key->tracked);
  EXPECT_EQ(Find(inputs, "/root/.ssh/kdump_id_rsa"), nullptr);
}

TEST(ImageInputs, ObeysTheForceFlags) {
  const std::string text = "ssh kdump@server\nkdump_pre /opt/pre\n";
  struct Row {
    std::string_view flag;
    bool config;    // tracked
    bool hosts;     // tracked
    bool required;  // the hook
  };
  for (const Row& row : {Row{"", true, false, true}, Row{"force_no_rebuild 0\n", true, false, true},
                         Row{"force_no_rebuild 1\n", false, false, false},
                         Row{"force_rebuild 1\n", true, true, true}}) {
    const auto inputs = Inputs(Distribution::kRhel, text + std::string(row.flag));
    EXPECT_EQ(Find(inputs, "/etc/kdump.conf")->tracked, row.config) << row.flag;
    EXPECT_EQ(Find(inputs, "/etc/hosts")->tracked, row.hosts) << row.flag;
    EXPECT_EQ(Find(inputs, "/opt/pre")->required, row.required) << row.flag;
    EXPECT_FALSE(Find(inputs, "/etc/sysconfig/kdump")->tracked) << row.flag;
  }
}

TEST(ImageInputs, AreBoundedAndDistinct) {
  std::string bins = "extra_bins";
  for (int i = 0; i < 1000; ++i) bins += Cat(" /opt/", i);
  EXPECT_EQ(Inputs(Distribution::kRhel, bins).size(), kMaxImageInputs);
  const auto none = ImageInputs(Distribution::kRhel, {}, {}, "");
  EXPECT_EQ(Find(none, "/boot/vmlinuz-"), nullptr);
}

TEST(ScriptInterpreter, IsCutAsTheKernelDoes) {
  struct Row {
    std::string head;
    std::string_view expected;
  };
  for (const Row& row : std::vector<Row>{{"#!/bin/sh\necho\n", "/bin/sh"},
                                         {"#! \t/bin/bash -e\n", "/bin/bash"},
                                         {"#!/usr/bin/env python3", "/usr/bin/env"},
                                         {"#!/bin/bash\r\n", "/bin/bash\r"},
                                         {std::string("#!/bin/sh\0x\n", 12), "/bin/sh"},
                                         {"#!\n/bin/sh\n", ""},
                                         {"#!", ""},
                                         {" #!/bin/sh\n", ""},
                                         {"\x7f"
                                          "ELF",
                                          ""},
                                         {"", ""}}) {
    EXPECT_EQ(ScriptInterpreter(row.head), row.expected) << row.head;
  }
}

TEST(SaysGenerated, KnowsThePrograms) {
  EXPECT_TRUE(SaysGenerated("# Generated by NetworkManager\nnameserver 10.0.0.1\n"));
  EXPECT_TRUE(SaysGenerated("; generated by /usr/sbin/dhclient-script\n"));
  EXPECT_TRUE(SaysGenerated("172.30.0.1 image-registry # openshift-generated-node-resolver\n"));
  EXPECT_TRUE(SaysGenerated("# Your system has configured 'manage_etc_hosts' as True.\n"));
  EXPECT_FALSE(SaysGenerated("127.0.0.1 localhost\n# regenerate it with care\n"));
  EXPECT_FALSE(SaysGenerated(""));
}

}  // namespace
}  // namespace kdumpd
