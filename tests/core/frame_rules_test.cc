// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/frame_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace kdumpd {
namespace {

using enum FrameRole;
constexpr FrameRole kRoles[] = {kReporting, kHelper, kWait, kEntry, kStallEntry};

TEST(FrameRulesTest, NormalFunctions) {
  for (const auto& [name, normal] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"f", "f"},
           {"f.isra.0", "f"},
           {"f.constprop.0.isra.0", "f"},
           {"f.part.12", "f"},
           {"f.cold", "f"},
           {"f.llvm.1234567890", "f"},
           {"f.lto_priv.0", "f"},
           {".f", "f"},
           {".f.isra.0", "f"},
           {"__x64_sys_write", "sys_write"},
           {"__ia32_sys_write", "sys_write"},
           {"__arm64_sys_write", "sys_write"},
           {"__s390x_sys_write", "sys_write"},
           {"__riscv_sys_write", "sys_write"},
           {"__se_sys_write", "sys_write"},
           {"__do_sys_write", "sys_write"},
           {"SyS_write", "sys_write"},
           {"SYSC_write", "sys_write"},
           {"ksys_write", "sys_write"},
           {"__x64_sys_write.cold", "sys_write"},
           {"sys_write", "sys_write"},
           {"__kmalloc_noprof", "__kmalloc"},
           {"kmem_cache_alloc_noprof.part.0", "kmem_cache_alloc"},
           {"noprof", "noprof"},
           {"__x64_sys", "__x64_sys"},
           {"do_sys_open", "do_sys_open"},
           {"", ""},
           {".", ""},
           {"..", ""},
       }) {
    EXPECT_EQ(NormalFunction(name), normal) << name;
    EXPECT_EQ(NormalFunction(normal), normal) << name;
  }
}

struct RoleCase {
  std::string_view name;
  std::vector<FrameRole> roles;
};

TEST(FrameRulesTest, Roles) {
  const std::vector<RoleCase> cases{
      {"panic", {kReporting}},
      {"die_kernel_fault", {kReporting}},
      {"page_fault_oops", {kReporting}},
      {"asm_exc_page_fault", {kReporting}},
      {"el1h_64_sync_handler", {kReporting}},
      {"panic_bad_stack", {kReporting}},
      {"__warn", {kReporting}},
      {"kasan_report", {kReporting}},
      {"watchdog_timer_fn", {kReporting}},
      {"__hrtimer_run_queues", {kReporting}},
      {"hrtimer_interrupt", {kReporting}},
      {"sysrq_handle_crash", {kReporting}},
      {"check_panic_on_warn", {kReporting}},
      {"mce_panic", {kReporting}},
      {"memcpy_erms", {kHelper}},
      {"_raw_spin_lock_irqsave", {kHelper}},
      {"native_queued_spin_lock_slowpath", {kHelper}},
      {"mutex_lock", {kHelper}},
      {"__mutex_lock", {kHelper}},
      {"down_read", {kHelper}},
      {"kfree", {kHelper}},
      {"kmem_cache_alloc", {kHelper}},
      {"__list_del_entry_valid", {kReporting, kHelper}},
      {"kobject_put", {kHelper}},
      {"flush_work", {kHelper}},
      {"_copy_from_user", {kHelper}},
      {"schedule", {kWait}},
      {"schedule_timeout", {kWait}},
      {"wait_for_completion", {kWait}},
      {"io_schedule", {kWait}},
      {"folio_wait_bit_common", {kWait}},
      {"entry_SYSCALL_64_after_hwframe", {kEntry}},
      {"do_syscall_64", {kEntry}},
      {"x64_sys_call", {kEntry}},
      {"el0_svc", {kEntry}},
      {"el0t_64_sync", {kEntry}},
      {"invoke_syscall", {kEntry}},
      {"system_call_exception", {kEntry}},
      {"system_call", {kEntry}},
      {"__do_syscall", {kEntry}},
      {"kthread", {kEntry}},
      {"ret_from_fork", {kEntry}},
      {"ret_from_fork_asm", {kEntry}},
      {"worker_thread", {kEntry}},
      {"secondary_startup_64_no_verify", {kEntry}},
      {"common_startup_64", {kEntry}},
      {"sys_write", {kStallEntry}},
      {"vfs_write", {kStallEntry}},
      {"__do_softirq", {kStallEntry}},
      {"handle_softirqs", {kStallEntry}},
      {"net_rx_action", {kStallEntry}},
      // Near-misses: what may well be the culprit.
      {"my_panic", {}},
      {"panicky", {}},
      {"Panic", {}},
      {"died", {}},
      {"schedulex", {}},
      {"kthreadd", {}},
      {"kthread_data", {}},
      {"do_exit_x", {}},
      {"upload", {}},
      {"downgrade", {}},
      {"do_unlinkat", {}},
      {"ext4_writepages", {}},
      {"tcp_sendmsg", {}},
      {"nvme_queue_rq", {}},
      {"shrink_lock_dentry", {}},
      {"blkq_list_del", {}},
      {"x_vfs_write", {}},
      {"", {}},
  };
  for (const RoleCase& test : cases) {
    for (const FrameRole role : kRoles) {
      EXPECT_EQ(IsA(role, test.name), std::ranges::count(test.roles, role) == 1)
          << test.name << ", role " << static_cast<int>(role);
    }
  }
}

// Every row of the table can match, and says why.
TEST(FrameRulesTest, TheTable) {
  std::set<std::string_view> names, reasons;
  for (const FrameGroup& group : FrameGroups()) {
    EXPECT_GT(group.why.size(), 10U);
    EXPECT_TRUE(reasons.insert(group.why).second) << group.why;
    EXPECT_FALSE(group.names.empty()) << group.why;
    for (const std::string_view pattern : group.names) {
      EXPECT_TRUE(names.insert(pattern).second) << pattern << " stands there twice";
      std::string shortest(pattern), longer(pattern);
      std::erase(shortest, '*');
      std::ranges::replace(longer, '*', 'x');
      EXPECT_GE(shortest.size(), 2U) << pattern;
      for (const std::string& name : {shortest, longer}) {
        EXPECT_TRUE(IsA(group.role, name)) << pattern << " is not " << name;
        EXPECT_EQ(NormalFunction(name), name) << "is never asked for";
      }
    }
  }
}

// One name, one role: what reports and what waits may also help, which says nothing else of it.
TEST(FrameRulesTest, RolesDoNotContradict) {
  for (const FrameGroup& group : FrameGroups()) {
    for (const std::string_view pattern : group.names) {
      std::string name(pattern);
      std::erase(name, '*');
      for (const FrameRole role : kRoles) {
        const bool both = role == kHelper && (group.role == kReporting || group.role == kWait);
        const bool wait = role == kWait && group.role == kHelper;
        if (role == group.role || both || wait) continue;
        EXPECT_FALSE(IsA(role, name)) << name << ", role " << static_cast<int>(role);
      }
    }
  }
}

}  // namespace
}  // namespace kdumpd
