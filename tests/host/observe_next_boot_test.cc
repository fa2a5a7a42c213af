// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode = R"(proc/cmdline: BOOT_IMAGE=(hd0,gpt2)/vmlinuz ro
proc/1/mountinfo: 20 1 253:0 / / rw shared:1 - xfs /dev/sda1 rw
proc/sys/kernel/osrelease: 5.14.0
proc/sys/kernel/arch: x86_64
sys/class/iommu/
boot/vmlinuz: x
)";
constexpr std::string_view kBls = R"(boot/grub2/grub.cfg:
  if [ "${next_entry}" ] ; then
     set default="${next_entry}"
  else
     set default="${saved_entry}"
  fi
  blscfg
boot/loader/entries/4f1c-0-rescue.conf:
  title Rescue
  options crashkernel=1M
boot/loader/entries/4f1c-5.14.0-427.conf:
  title RHEL 9.4
  linux /vmlinuz-5.14.0-427
  options $kernelopts crashkernel=256M $tuned_params
boot/loader/entries/4f1c-5.14.0-70.conf:
  title RHEL 9.0
  options ro crashkernel=192M
)";
constexpr std::string_view kDebian = R"(boot/grub/grub.cfg:
  set default="0"
  menuentry 'Debian' $menuentry_id_option 'simple' {
    linux /boot/vmlinuz-6.1 ro ${extra} crashkernel=512M-:192M
  }
  submenu 'More' $menuentry_id_option 'more' {
    menuentry 'Old' $menuentry_id_option 'old' {
      linux /boot/vmlinuz-6.0 ro
    }
  }
)";

std::string Environment(std::string_view lines) {
  std::string block = Cat("# GRUB Environment Block\n", lines);
  block.append(1024 - block.size(), '#');
  return block;
}

struct Row {
  const char* what;
  std::string_view picture;
  std::string_view cmdline;  // of the next boot
  std::string_view source;
};
void ExpectBoots(const std::vector<Row>& rows, std::string_view loader, std::string_view grubenv,
                 std::string_view variables) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    const Tree tree(kNode);
    tree.Add(loader);
    if (!variables.empty()) tree.Write(grubenv, Environment(variables));
    tree.Add(row.picture);
    const Facts facts = LookAt(tree);
    ASSERT_TRUE(facts.next_boot.known()) << facts.next_boot.why();
    EXPECT_EQ(facts.next_boot->cmdline, row.cmdline);
    EXPECT_EQ(facts.next_boot->source, row.source);
    EXPECT_EQ(facts.next_boot.source(), row.source);
  }
}

TEST(ObserveNextBoot, BootLoaderEntriesOfGrub) {
  const std::string_view newest = "/boot/loader/entries/4f1c-5.14.0-427.conf";
  const std::string_view older = "/boot/loader/entries/4f1c-5.14.0-70.conf";
  const std::string_view grubenv = "boot/grub2/grubenv";
  ExpectBoots({{"the newest without a choice", "", " crashkernel=256M ", newest}}, kBls, grubenv,
              "");
  ExpectBoots(
      {{"the variables of the block", "", "root=/dev/sda1 crashkernel=256M nohz=on", newest}}, kBls,
      grubenv, "kernelopts=root=/dev/sda1\ntuned_params=nohz=on\n");
  ExpectBoots({{"the saved one", "", "ro crashkernel=192M", older},
               {"a menu that does not obey it", "boot/grub2/grub.cfg:\n  set default=0\n  blscfg\n",
                " crashkernel=256M ", newest}},
              kBls, grubenv, "saved_entry=4f1c-5.14.0-70\n");
  ExpectBoots({{"the one for the next time only", "", "crashkernel=1M",
                "/boot/loader/entries/4f1c-0-rescue.conf"},
               {"no grub.cfg, and the block all the same", "", "crashkernel=1M",
                "/boot/loader/entries/4f1c-0-rescue.conf"}},
              kBls, grubenv, "saved_entry=4f1c-5.14.0-70\nnext_entry=4f1c-0-rescue\n");
  ExpectBoots({{"a block that GRUB refuses", "boot/grub2/grubenv: saved_entry=4f1c-5.14.0-70",
                " crashkernel=256M ", newest}},
              kBls, grubenv, "");
}

TEST(ObserveNextBoot, OstreeEntriesBehindALink) {
  const Tree tree(kNode);
  tree.Add(R"(run/ostree-booted: x
boot/loader -> loader.1
boot/loader.1/entries/ostree-1-rhcos.conf:
  version 1
  options ro crashkernel=256M
boot/loader.1/entries/ostree-2-rhcos.conf:
  version 2
  options ro crashkernel=512M
)");
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.next_boot.known()) << facts.next_boot.why();
  EXPECT_EQ(facts.next_boot->cmdline, "ro crashkernel=512M");
  tree.Write("run/ostree/staged-deployment", "x");
  EXPECT_TRUE(LookAt(tree).next_boot.unreadable());
}

TEST(ObserveNextBoot, MenuEntries) {
  const std::string_view config = "/boot/grub/grub.cfg";
  ExpectBoots({{"the first", "", "ro  crashkernel=512M-:192M", config},
               {"the saved one",
                "boot/grub/grub.cfg:\n  set default=${saved_entry}\n  menuentry a {\n"
                "    linux /k a\n  }\n  menuentry b --id old {\n    linux /k b\n  }\n",
                "b", config}},
              kDebian, "boot/grub/grubenv", "saved_entry=old\n");
}

TEST(ObserveNextBoot, WhatTheDefaultsAskFor) {
  struct Asked {
    const char* what;
    std::string_view picture;
    std::optional<std::string> configured;
    std::string_view in;
  };
  const std::vector<Asked> rows{
      {"no defaults", "", std::nullopt, "/etc/default/grub"},
      {"only there", "etc/default/grub: GRUB_CMDLINE_LINUX=quiet", "quiet", "/etc/default/grub"},
      {"a file beside it",
       "etc/default/grub: GRUB_CMDLINE_LINUX=quiet\n"
       "etc/default/grub.d/kdump-tools.cfg: GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX "
       "crashkernel=1G\"\n"
       "etc/default/grub.d/x.cfg.dpkg-old: GRUB_CMDLINE_LINUX=no\n",
       "quiet crashkernel=1G", "/etc/default/grub.d/kdump-tools.cfg"},
      {"one that cannot be read",
       "etc/default/grub: GRUB_CMDLINE_LINUX=quiet\netc/default/grub.d/a.cfg/", std::nullopt,
       "/etc/default/grub"},
  };
  for (const Asked& row : rows) {
    SCOPED_TRACE(row.what);
    const Tree tree(kNode);
    tree.Add(kDebian);
    tree.Add(row.picture);
    const Facts facts = LookAt(tree);
    ASSERT_TRUE(facts.next_boot.known()) << facts.next_boot.why();
    EXPECT_EQ(facts.next_boot->configured, row.configured);
    EXPECT_EQ(facts.next_boot->configured_in, row.in);
    EXPECT_EQ(facts.next_boot->title, "Debian");
    EXPECT_EQ(facts.next_boot->kernel, "/boot/vmlinuz-6.1");
  }
}

TEST(ObserveNextBoot, SystemdBootAndZipl) {
  using namespace std::string_literals;
  const Tree tree(kNode);
  tree.Add(R"(proc/cmdline: initrd=\x root=/dev/sda2
efi/loader/loader.conf: default old*
efi/loader/entries/new-6.12.conf: options new
efi/loader/entries/old-6.1.conf: options old
)");
  EXPECT_EQ(LookAt(tree).next_boot->cmdline, "old");
  tree.Add("efi/loader/loader.conf: timeout 3");
  tree.Add("efi/loader/entries/old-6.1.conf: options old");
  EXPECT_EQ(LookAt(tree).next_boot->cmdline, "old");  // "old" is behind "new" in the alphabet
  tree.Add("efi/loader/loader.conf: default gone*");
  EXPECT_TRUE(LookAt(tree).next_boot.unreadable());
  tree.Write("sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
             "\x07\0\0\0n\0e\0w\0*\0\0\0"s);
  EXPECT_EQ(LookAt(tree).next_boot->cmdline, "new");
  tree.Add("efi/EFI/Linux/debian.efi: x");
  EXPECT_TRUE(LookAt(tree).next_boot.unreadable());

  const Tree mainframe(kNode);
  mainframe.Add(R"(proc/sys/kernel/arch: s390x
etc/zipl.conf:
  [defaultboot]
  default=RHEL 9.0
)");
  mainframe.Add(kBls);
  EXPECT_EQ(LookAt(mainframe).next_boot->cmdline, "ro crashkernel=192M");
}

TEST(ObserveNextBoot, WhatCannotBeTold) {
  struct Untold {
    const char* what;
    std::string_view remove;
    std::string_view picture;
    std::string_view source;
  };
  const std::vector<Untold> rows{
      {"nothing but a kernel", "", "", "/boot"},
      {"an empty /boot", "boot/vmlinuz", "", "/boot"},
      {"no /boot", "boot", "", "/boot"},
      {"no entries", "", "boot/grub2/grub.cfg: blscfg\nboot/loader/entries/",
       "/boot/loader/entries"},
      {"no directory of entries", "", "boot/grub2/grub.cfg: blscfg", "/boot/loader/entries"},
      {"an entry that is a directory", "",
       "boot/grub2/grub.cfg: blscfg\nboot/loader/entries/a.conf: options a\n"
       "boot/loader/entries/b.conf/",
       "/boot/loader/entries"},
      {"a grub.cfg that is a directory", "", "boot/grub2/grub.cfg/", "/boot/grub2/grub.cfg"},
      {"an empty menu", "", "boot/grub/grub.cfg: configfile x", "/boot/grub/grub.cfg"},
      {"a submenu", "", "boot/grub/grub.cfg: submenu a { menuentry b { linux /k",
       "/boot/grub/grub.cfg"},
      {"no Linux", "", "boot/grub/grub.cfg: menuentry a { chainloader /x", "/boot/grub/grub.cfg"},
      {"two kernels", "", "boot/grub/grub.cfg: menuentry a { linux /k a; linux /k b",
       "/boot/grub/grub.cfg"},
      {"a block that is a directory", "",
       "boot/grub/grub.cfg: menuentry a { linux /k a\nboot/grub/grubenv/", "/boot/grub/grubenv"},
      {"mounts not known", "proc/1/mountinfo", "", "/proc/1/mountinfo"},
  };
  for (const Untold& row : rows) {
    SCOPED_TRACE(row.what);
    const Tree tree(kNode);
    if (!row.remove.empty()) tree.Remove(row.remove);
    tree.Add(row.picture);
    const Facts facts = LookAt(tree);
    EXPECT_TRUE(facts.next_boot.unreadable());
    EXPECT_EQ(facts.next_boot.source(), row.source);
    EXPECT_FALSE(facts.next_boot.why().empty());
  }
}

TEST(ObserveNextBoot, LargeAndManyAreBounded) {
  const Tree tree(kNode);
  tree.Write("boot/grub2/grub.cfg", std::string(300 << 10, '#'));
  EXPECT_TRUE(LookAt(tree).next_boot.unreadable());
  tree.Write("boot/grub2/grub.cfg", "blscfg\n");
  for (int i = 0; i < 64; ++i) tree.Write(Cat("boot/loader/entries/e", i, ".conf"), "options a\n");
  EXPECT_TRUE(LookAt(tree).next_boot.known());
  tree.Write("boot/loader/entries/e64.conf", "options a\n");
  EXPECT_TRUE(LookAt(tree).next_boot.unreadable());
}

TEST(ObserveNextBoot, Iommu) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).iommu.Is(false));
  tree.MakeDirectory("sys/class/iommu/dmar0");
  EXPECT_TRUE(LookAt(tree).iommu.Is(true));
  tree.Remove("sys/class/iommu");
  tree.MakeDirectory("sys/class/net");
  EXPECT_TRUE(LookAt(tree).iommu.absent());
  tree.Remove("sys/class");
  EXPECT_TRUE(LookAt(tree).iommu.unreadable());
}

}  // namespace
}  // namespace kdumpd
