// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/capture_rules.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kGood = "nr_cpus=1 reset_devices systemd.unit=kdump-tools-dump.service ";
constexpr auto kRhel = ConfigDialect::kKdumpConf;
constexpr auto kDebian = ConfigDialect::kKdumpTools;
constexpr auto kSuse = ConfigDialect::kSysconfig;

// "reason" or "reason!" for a fatal one, blank separated, in their order.
std::string Reasons(std::string_view text, ConfigDialect dialect,
                    std::string_view architecture = "x86_64", bool replaced = false) {
  CaptureLine line;
  line.text = text;
  line.replaced = replaced;
  std::string reasons;
  for (const CaptureProblem& problem : ProblemsOf(line, dialect, architecture)) {
    EXPECT_FALSE(problem.message.empty());
    reasons += Cat(reasons.empty() ? "" : " ", problem.reason, problem.fatal ? "!" : "");
  }
  return reasons;
}

TEST(CaptureRules, JudgeWords) {
  struct Row {
    std::string_view words;
    std::string_view rhel, debian, suse;
  };
  const Row rows[] = {
      {"", "", "", ""},
      {"crashkernel=256M", "crashkernel_kept!", "crashkernel_kept!", "crashkernel_kept!"},
      {"crashkernels=256M", "", "", ""},
      {"hugepages=4", "hugepages_kept!", "hugepages_kept!", "hugepages_kept!"},
      {"hugepages=0", "", "", ""},
      {"hugepages=4 hugepages=0", "hugepages_kept!", "hugepages_kept!", "hugepages_kept!"},
      {"hugepagesz=1G", "", "", ""},
      {"ignition.firstboot", "ignition_kept!", "", ""},
      {"ignition.firstboot=1", "ignition_kept!", "", ""},
      {"ignition.platform.id=metal", "", "", ""},
      {"rd.earlykdump", "", "", ""},
      {"rd.break", "stops_in_shell!", "", "stops_in_shell!"},
      {"rd.break=pre-mount", "stops_in_shell!", "", "stops_in_shell!"},
      {"break=premount", "", "stops_in_shell!", ""},
      {"rdinit=/bin/sh", "init_replaced!", "init_replaced!", "init_replaced!"},
      {"init=/bin/bash", "", "init_replaced!", ""},
      {"init=/lib/systemd/systemd", "", "", ""},
      {"init=/usr/sbin/init", "", "", ""},
      {"init=/bin/bash init=/sbin/init", "", "", ""},
      {"systemd.unit=rescue.target", "", "unit_replaced!", ""},
      {"systemd.unit=kdump-tools.service", "", "", ""},
      {"rd.systemd.unit=rescue.target", "unit_replaced!", "", "unit_replaced!"},
      {"hugetlb_cma=1G", "hugetlb_cma_kept", "hugetlb_cma_kept", "hugetlb_cma_kept"},
      {"hugetlb-cma=1G", "hugetlb_cma_kept", "hugetlb_cma_kept", "hugetlb_cma_kept"},
      {"hugetlb_cma=1G hugetlb_cma=0", "", "", ""},
      {"swiotlb=65536", "swiotlb_kept", "swiotlb_kept", "swiotlb_kept"},
      {"swiotlb=noforce", "", "", ""},
      {"log_buf_len=16M", "log_buffer_large", "log_buffer_large", "log_buffer_large"},
      {"log_buf_len=15M", "", "", ""},
      {"log_buf_len=x", "", "", ""},
      {"mem=4G", "memory_limited", "memory_limited", "memory_limited"},
      {"mem=nopentium", "", "", ""},
      {"memory=4G", "", "", ""},
      {"memmap=4G!12G", "memory_map_changed", "memory_map_changed", "memory_map_changed"},
      {"kasan=on", "debug_memory", "debug_memory", "debug_memory"},
      {"kasan=off", "", "", ""},
      {"page_owner=on", "debug_memory", "debug_memory", "debug_memory"},
      {"page_owner=off", "", "", ""},
      {"slub_debug", "debug_memory", "debug_memory", "debug_memory"},
      {"slub_debug=-", "", "", ""},
      {"slab_debug=FZP", "debug_memory", "debug_memory", "debug_memory"},
      {"mce=0", "mce_not_off", "mce_not_off", "mce_not_off"},
      {"mce=off", "", "", ""},
      {"mce=0 mce=off", "", "", ""},
      {"mce=off mce=0", "mce_not_off", "mce_not_off", "mce_not_off"},
      {"mce=0 crashkernel=1G", "crashkernel_kept! mce_not_off", "crashkernel_kept! mce_not_off",
       "crashkernel_kept! mce_not_off"},
      // What follows a bare "--" is for init, not for the kernel.
      {"-- hugepages=4", "", "", ""},
  };
  for (const Row& row : rows) {
    const std::string text = Cat(kGood, row.words);
    EXPECT_EQ(Reasons(text, kRhel), row.rhel) << row.words;
    EXPECT_EQ(Reasons(text, kDebian), row.debian) << row.words;
    EXPECT_EQ(Reasons(text, kSuse), row.suse) << row.words;
  }
}

TEST(CaptureRules, MissWords) {
  struct Row {
    std::string_view text;
    ConfigDialect dialect;
    std::string_view architecture;
    bool replaced;
    std::string_view reasons;
  };
  const Row rows[] = {
      {"reset_devices", kRhel, "x86_64", false, "cpus_not_limited"},
      {"reset_devices maxcpus=1", kRhel, "x86_64", false, ""},
      {"reset_devices nr_cpus=16", kRhel, "ppc64le", false, ""},
      {"reset_devices nr_cpu=1", kRhel, "x86_64", false, "cpus_not_limited"},
      {"reset_devices", kSuse, "x86_64", false, ""},
      {"reset_devices", kSuse, "x86_64", true, "cpus_not_limited"},
      {"nr_cpus=1", kRhel, "x86_64", false, "no_reset_devices"},
      {"nr_cpus=1", kRhel, "s390x", false, ""},
      {"nr_cpus=1 reset_devices", kDebian, "x86_64", false, "unit_missing"},
      {"", kDebian, "x86_64", false, "cpus_not_limited no_reset_devices unit_missing"},
      // An unfinished "--" of the running kernel hides what is appended after it.
      {"ro -- single nr_cpus=1 reset_devices", kRhel, "x86_64", false,
       "cpus_not_limited no_reset_devices"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Reasons(row.text, row.dialect, row.architecture, row.replaced), row.reasons)
        << row.text << ' ' << row.architecture;
  }
}

TEST(CaptureRules, MeasureTheLine) {
  const auto of_size = [](std::size_t bytes) {
    std::string text = "nr_cpus=1 reset_devices x=";
    text.resize(bytes, 'y');
    return text;
  };
  // 30 for elfcorehdr=, 1 for the NUL.
  EXPECT_EQ(Reasons(of_size(2017), kRhel), "");
  EXPECT_EQ(Reasons(of_size(2018), kRhel), "too_long!");
  EXPECT_EQ(Reasons(of_size(2018), kRhel, "aarch64"), "too_long!");
  EXPECT_EQ(Reasons(of_size(2018), kRhel, "ppc64le"), "too_long!");
  EXPECT_EQ(Reasons(of_size(4065), kRhel, "s390x"), "");
  EXPECT_EQ(Reasons(of_size(4066), kRhel, "s390x"), "too_long!");
  EXPECT_EQ(Reasons(of_size(9000), kRhel, "riscv64"), "");
}

TEST(CaptureRules, ShowNoSecrets) {
  CaptureLine line;
  line.text = "nr_cpus=1 reset_devices memmap=https://u:hush@h/x";
  const auto problems = ProblemsOf(line, kRhel, "x86_64");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].word.find("hush"), std::string::npos) << problems[0].word;
  EXPECT_EQ(problems[0].message.find("hush"), std::string::npos);
}

TEST(MissingRemovals, AreTheVendors) {
  using Missing = std::vector<std::string_view>;
  EXPECT_EQ(MissingRemovals("hugepages hugepagesz slub_debug"), Missing{});
  EXPECT_EQ(MissingRemovals("quiet slub_debug hugepagesz"), Missing{"hugepages"});
  EXPECT_EQ(MissingRemovals("hugepages hugepagesz slub_debugs"), Missing{"slub_debug"});
  EXPECT_EQ(MissingRemovals(""), (Missing{"hugepages", "hugepagesz", "slub_debug"}));
}

}  // namespace
}  // namespace kdumpd
