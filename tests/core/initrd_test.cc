// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/initrd.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kdumpd {
namespace {

using namespace std::string_view_literals;
using Paths = std::vector<std::string>;

struct Row {
  const char* name;
  InitrdQuestion question;
  std::string first;  // the likeliest
  Paths also;         // among the others
  Paths never;
};

constexpr std::string_view kMachine = "4b1c8a2643ef4b65fe463df9995a9db7";

const std::vector<Row> kRows{
    {"RHEL, /boot on its own partition",
     {.distribution = Distribution::kRhel,
      .cmdline = "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14.0-427.el9.x86_64 ro",
      .kernel_release = "5.14.0-427.el9.x86_64"},
     "/boot/initramfs-5.14.0-427.el9.x86_64kdump.img",
     {"/boot/initrdkdump", "/var/lib/kdump/initramfs-5.14.0-427.el9.x86_64kdump.img"},
     {"/initramfs-5.14.0-427.el9.x86_64kdump.img", "/boot/initramfs-5.14.0-427.el9.x86_64.img"}},
    {"RHEL, /boot on the root partition",
     {.distribution = Distribution::kRhel,
      .cmdline = "BOOT_IMAGE=/boot/vmlinuz-6.1 ro",
      .kernel_release = "6.1"},
     "/boot/boot/initramfs-6.1kdump.img",
     {"/boot/initramfs-6.1kdump.img"},
     {}},
    {"a boot loader that names no image",
     {.distribution = Distribution::kRhel, .cmdline = "ro", .kernel_release = "6.1"},
     "/boot/initramfs-6.1kdump.img",
     {"/var/lib/kdump/initramfs-6.1kdump.img"},
     {}},
    {"an image without a directory, and a bracket that does not close",
     {.distribution = Distribution::kRhel,
      .cmdline = "BOOT_IMAGE=(hd0,gpt2",
      .kernel_release = "6.1"},
     "/boot/initramfs-6.1kdump.img",
     {},
     {}},
    {"boot loader specification, one directory for each kernel",
     {.distribution = Distribution::kRhel,
      .cmdline = "ro",
      .kernel_release = "6.1",
      .machine_id = kMachine},
     "/boot/initramfs-6.1kdump.img",
     {"/boot/efi/4b1c8a2643ef4b65fe463df9995a9db7/6.1/initrdkdump"},
     {}},
    {"RHCOS keeps it below /var",
     {.distribution = Distribution::kCoreos,
      .cmdline = "BOOT_IMAGE=(hd0,gpt3)/boot/ostree/rhcos-1f/vmlinuz-5.14 ostree=/ostree/boot.1",
      .kernel_release = "5.14",
      .ostree = true},
     "/var/lib/kdump/initramfs-5.14kdump.img",
     {"/boot/ostree/rhcos-1f/initramfs-5.14kdump.img"},
     {}},
    {"a debug kernel is captured by its sibling",
     {.distribution = Distribution::kRhel, .cmdline = "", .kernel_release = "5.14+debug"},
     "/boot/initramfs-5.14+debugkdump.img",
     {"/boot/initramfs-5.14kdump.img"},
     {}},
    {"Debian",
     {.distribution = Distribution::kDebian, .cmdline = "", .kernel_release = "6.1.0-28-amd64"},
     "/var/lib/kdump/initrd.img",
     {"/var/lib/kdump/initrd.img-6.1.0-28-amd64"},
     {"/boot/initrd.img-6.1.0-28-amd64"}},
    {"Ubuntu with KDUMP_INITRD",
     {.distribution = Distribution::kUbuntu,
      .cmdline = "",
      .kernel_release = "6.8",
      .configured = "/srv/initrd"},
     "/srv/initrd",
     {},
     {"/var/lib/kdump/initrd.img"}},
    {"SUSE",
     {.distribution = Distribution::kSuse, .cmdline = "", .kernel_release = "6.4"},
     "/var/lib/kdump/initrd",
     {"/boot/initrd-6.4-kdump"},
     {"/boot/initrd-6.4"}},
    {"fadump on RHEL is the system's own",
     {.distribution = Distribution::kRhel,
      .cmdline = "BOOT_IMAGE=(ieee1275/disk,gpt2)/vmlinuz-5.14 fadump=on",
      .kernel_release = "5.14",
      .fadump = true},
     "/boot/initramfs-5.14.img",
     {},
     {"/boot/initramfs-5.14kdump.img"}},
    {"fadump on SUSE",
     {.distribution = Distribution::kSuse,
      .cmdline = "fadump=on",
      .kernel_release = "6.4",
      .fadump = true},
     "/boot/initramfs-6.4.img",
     {"/boot/initrd-6.4"},
     {"/var/lib/kdump/initrd"}},
};

TEST(InitrdCandidates, FollowsEachToolsOwnSearch) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const Paths paths = InitrdCandidates(row.question);
    ASSERT_FALSE(paths.empty());
    EXPECT_EQ(paths.front(), row.first);
    for (const auto& path : row.also) EXPECT_EQ(std::ranges::count(paths, path), 1) << path;
    for (const auto& path : row.never) EXPECT_EQ(std::ranges::count(paths, path), 0) << path;
  }
}

TEST(InitrdCandidates, AreAbsoluteAndNoneStandsTwice) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Paths paths = InitrdCandidates(row.question);
    for (const auto& path : paths) EXPECT_TRUE(path.starts_with('/')) << path;
    std::ranges::sort(paths);
    EXPECT_EQ(std::ranges::adjacent_find(paths), paths.end());
  }
}

TEST(InitrdMagic, NamesTheFormatOfTheFirstBytes) {
  struct Head {
    std::string_view bytes;
    std::string_view name;
  };
  const std::vector<Head> heads{
      {"\x1f\x8b\x08\0"sv, "gzip"},
      {"\x1f\x8c\x08\0"sv, ""},
      {"\xfd\x37\x7a\x58\x5a\0\0"sv, "xz"},
      {"\xfd\x37\x7a\x58\x5a"sv, ""},
      {"\x28\xb5\x2f\xfd\x04"sv, "zstd"},
      {"\x28\xb5\x2f\xfe"sv, ""},
      {"\x02\x21\x4c\x18"sv, "lz4"},
      {"\x03\x21\x4c\x18"sv, ""},
      {"BZh9"sv, "bzip2"},
      {"BZ"sv, ""},
      {"\x5d\0\0\x80"sv, "lzma"},
      {"\x89LZO\0\r\n"sv, "lzop"},
      {"070701000"sv, "cpio"},
      {"070702000"sv, "cpio"},
      {"070707000"sv, ""},
      {"hsqs"sv, "squashfs"},
      {"hsq"sv, ""},
      {""sv, ""},
      {"\0\0\0\0\0\0\0\0"sv, ""},
      {"\x7f"
       "ELF"sv,
       ""},
  };
  for (const Head& head : heads) EXPECT_EQ(InitrdMagic(head.bytes), head.name) << head.bytes;
}

}  // namespace
}  // namespace kdumpd
