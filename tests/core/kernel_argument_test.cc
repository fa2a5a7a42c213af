// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kernel_argument.h"

#include <gtest/gtest.h>

#include "tests/support/ready_host.h"

namespace kdumpd {
namespace {

TEST(KernelArgument, SpeaksTheLanguageOfTheDistribution) {
  struct Row {
    Distribution distribution;
    std::string_view remove;
    std::string_view add;
  };
  const std::vector<Row> rows{
      {Distribution::kRhel, "grubby --update-kernel=ALL --remove-args=\"mce=off\"",
       "grubby --update-kernel=ALL --args=\"mce=off\""},
      {Distribution::kCoreos, "rpm-ostree kargs --delete-if-present=\"mce=off\"",
       "rpm-ostree kargs --append-if-missing=\"mce=off\""},
      {Distribution::kDebian, "take mce=off out of /etc/default/grub",
       "add mce=off to GRUB_CMDLINE_LINUX"},
      {Distribution::kSuse, "take mce=off out of /etc/default/grub",
       "add mce=off to GRUB_CMDLINE_LINUX"},
  };
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    facts.distribution = row.distribution;
    EXPECT_TRUE(RemoveKernelArgument(facts, "mce=off").starts_with(row.remove));
    EXPECT_TRUE(AddKernelArgument(facts, "mce=off").starts_with(row.add));
  }
  Facts facts = ReadyHost();
  facts.distribution = Distribution::kUbuntu;
  EXPECT_TRUE(AddKernelArgument(facts, "x").ends_with("update-grub"));
  facts.distribution = Distribution::kSuse;
  EXPECT_TRUE(AddKernelArgument(facts, "x").ends_with("/boot/grub2/grub.cfg"));
}

}  // namespace
}  // namespace kdumpd
