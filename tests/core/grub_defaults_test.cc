// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/core/grub_config.h"

namespace kdumpd {
namespace {

// What is in Debian's file from the start.
const std::string kStock =
    "GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\n"
    "GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`\n"
    "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n";

TEST(GrubDefaults, JoinsWhatTheFilesSet) {
  struct Row {
    std::string_view what;
    std::vector<std::string> texts;
    std::optional<std::string> expected;
  };
  const std::vector<Row> rows{
      {"nothing", {}, ""},
      {"the file itself", {kStock}, "quiet"},
      {"kdump-tools adds to it",
       {kStock,
        "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M-:192M\"\n"},
       "quiet crashkernel=512M-:192M"},
      {"the general ones come first",
       {"GRUB_CMDLINE_LINUX_DEFAULT=b\nGRUB_CMDLINE_LINUX='a'\n"},
       "a b"},
      {"the last one counts", {kStock, "GRUB_CMDLINE_LINUX_DEFAULT=splash\n"}, "splash"},
      {"appended", {kStock, "GRUB_CMDLINE_LINUX_DEFAULT+=\" splash\"\n"}, "quiet splash"},
      {"another name", {kStock, "GRUB_CMDLINE_LINUX_DEFAUL=splash\n"}, "quiet"},
      {"a condition", {"if true; then\nGRUB_CMDLINE_LINUX=a\nfi\n"}, std::nullopt},
      {"a substitution in it", {"GRUB_CMDLINE_LINUX=\"$(cat /x)\"\n"}, std::nullopt},
      {"an expansion that only a shell knows", {"GRUB_CMDLINE_LINUX=\"${A:-b}\"\n"}, std::nullopt},
      {"a quote without end", {"GRUB_CMDLINE_LINUX=\"a\n"}, std::nullopt},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(ConfiguredGrubCmdline(row.texts), row.expected) << row.what;
  }
}

TEST(GrubDefaults, DoublingIsBounded) {
  std::string text = "A=aaaaaaaaaaaaaaaa\n";
  for (int i = 0; i < 60; ++i) text += "A=$A$A\n";
  EXPECT_EQ(ConfiguredGrubCmdline(std::vector{text}), std::nullopt);
}

}  // namespace
}  // namespace kdumpd
