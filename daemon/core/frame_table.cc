// SPDX-License-Identifier: Apache-2.0
// The functions that say nothing about what went wrong, and why each group of them does not.
#include <array>

#include "daemon/core/frame_rules.h"

namespace kdumpd {
namespace {

// clang-format off
using Names = std::string_view[];

constexpr Names kPanics = {
    "panic", "vpanic", "nmi_panic", "die", "die_*", "__die*", "oops_*", "page_fault_oops",
    "no_context", "crash_kexec", "__crash_kexec", "machine_kexec", "crash_*_regs", "do_exit",
    "make_task_dead", "rewind_stack_*", "do_group_exit", "bust_spinlocks", "machine_crash_*"};
constexpr Names kFaults = {
    "exc_*", "asm_exc_*", "bad_area*", "__bad_area*", "kernelmode_fixup_or_oops", "do_page_fault",
    "__do_page_fault", "do_user_addr_fault", "do_kern_addr_fault", "async_page_fault",
    "page_fault", "spurious_*fault*", "do_trap", "do_trap_no_signal", "do_error_trap",
    "do_invalid_op", "invalid_op", "do_general_protection", "general_protection",
    "do_divide_error", "divide_error", "do_double_fault", "double_fault", "do_int3", "int3",
    "do_debug", "error_entry", "error_code", "restore_all*"};
constexpr Names kArmFaults = {
    "el1h_64_sync*", "el1_sync*", "el1_abort", "el1_pc", "el1_undef*", "el1_dbg", "el1_inv*",
    "el1_da", "el1_ia", "el1_sp_pc", "el1_error*", "el1h_64_error*", "el1t_64_*", "el1_bti",
    "el1_fpac", "el1_mops", "el1_brk64", "el1_breakpt", "el1_softstp", "el1_watchpt",
    "die_kernel_fault", "__do_kernel_fault", "do_kernel_fault", "do_mem_abort",
    "do_translation_fault", "do_bad_area", "do_sp_pc_abort", "bug_handler", "brk_handler",
    "do_brk*", "call_break_hook", "do_debug_exception", "do_el1_*", "do_undefinstr",
    "arm64_serror_panic", "do_serror", "handle_bad_stack", "panic_bad_stack", "__bad_stack",
    "__dabt_svc", "__und_svc*", "do_DataAbort", "do_undef*", "report_cfi_*", "cfi_handler"};
constexpr Names kOtherFaults = {
    "bad_page_fault", "__bad_page_fault", "___do_page_fault", "handle_page_fault", "data_access_*",
    "instruction_access_*", "program_check_*", "hash__do_page_fault", "soft_nmi*",
    "system_reset_*", "alignment_exception", "ret_from_except*", "interrupt_return*",
    "pgm_check_handler", "__do_pgm_check", "do_protection_exception", "do_dat_exception",
    "illegal_op", "monitor_event_*", "do_report_trap", "do_trap_unknown", "do_trap_insn_*",
    "do_trap_load_*", "do_trap_store_*", "do_trap_break", "do_trap_error", "ret_from_exception",
    "handle_exception"};
constexpr Names kReports = {
    "handle_bug", "report_bug", "fixup_bug", "__report_bug", "__warn*", "warn_slowpath*",
    "dump_stack*", "__dump_stack", "dump_backtrace*", "show_stack*", "show_regs*", "show_trace*",
    "unwind_backtrace", "print_report", "print_address_description*", "check_panic_on_warn",
    "kasan_*", "__kasan_*", "__asan_*", "__hwasan_*", "end_report*", "kfence_*", "__kfence_*",
    "kmsan_*", "__msan_*", "ubsan_*", "__ubsan_*", "__stack_chk_fail", "refcount_warn_saturate",
    "usercopy_*", "__check_object_size", "__check_heap_object", "check_heap_object",
    "fortify_panic", "__fortify_*", "print_*_bug", "__might_*", "___might_*", "__schedule_bug",
    "slab_err", "object_err", "slab_bug", "check_bytes_and_report", "alloc_debug_processing",
    "slab_pad_check", "on_freelist", "slab_fix", "print_trailer*", "bad_page*",
    "check_memory_region", "check_noncircular", "check_prev*", "__list_*valid*",
    "__list_del_entry", "__list_add"};
constexpr Names kNmis = {
    "nmi*", "asm_nmi*", "default_do_nmi", "do_nmi", "end_repeat_nmi", "first_nmi",
    "unknown_nmi_error", "io_check_error", "pci_serr_error", "arch_trigger_*backtrace*",
    "__perf_event_overflow", "perf_event_overflow", "perf_event_nmi_handler",
    "intel_pmu_handle_irq*", "x86_pmu_handle_irq", "handle_pmi_common", "hpwdt_*", "ghes_*",
    "__ghes_*", "mce_*", "do_machine_check", "machine_check*", "ipi_cpu_backtrace", "sysrq_*",
    "__handle_sysrq", "handle_sysrq", "write_sysrq_trigger"};
constexpr Names kWatchdogs = {
    "watchdog", "watchdog_*", "sched_show_task", "dump_cpu_task", "check_hung_*", "rcu_check_*",
    "rcu_sched_clock_irq", "rcu_pending", "rcu_dump_*", "rcu_check_gp_kthread_*",
    "print_cpu_stall*", "print_other_cpu_stall*", "check_cpu_stall", "update_process_times",
    "tick_*", "account_*_time"};
constexpr Names kTicks = {
    "*hrtimer_run_queues", "hrtimer_interrupt", "__run_hrtimer", "local_apic_timer_interrupt",
    "smp_apic_timer_interrupt", "arch_timer_handler_*", "handle_percpu_devid_*",
    "generic_handle_*", "handle_irq_desc", "handle_irq_event*", "__handle_irq_event*",
    "handle_*_irq", "__handle_domain_irq", "handle_domain_irq", "handle_irq", "irq_work_*"};

constexpr Names kInterrupts = {
    "common_interrupt", "__common_interrupt", "asm_common_interrupt", "do_IRQ", "ret_from_intr",
    "sysvec_*", "__sysvec_*", "asm_sysvec_*", "smp_*_interrupt", "apic_timer_interrupt",
    "reschedule_interrupt", "call_function_*interrupt", "gic_handle_irq*", "__gic_handle_*",
    "do_interrupt_handler", "call_on_irq_stack", "hardware_interrupt_common*",
    "decrementer_common*", "timer_interrupt", "__do_irq", "ext_int_handler", "do_ext_irq",
    "do_ext_interrupt", "el1_irq*", "el1h_64_irq*", "el1_interrupt*", "el1_fiq*", "__irq_svc",
    "do_io_irq", "io_int_handler"};

constexpr Names kStrings = {
    "memcpy*", "__memcpy*", "memset*", "__memset*", "memmove*", "__memmove*", "memcmp*",
    "__pi_mem*", "__pi_str*", "memscan*", "memchr*", "strlen*", "strnlen*", "strcmp*", "strncmp*",
    "strcpy*", "strncpy*", "strlcpy*", "strscpy*", "strstr*", "strchr*", "strcat*",
    "sized_strscpy*", "strcasecmp*", "rep_movs_*", "copy_*user*", "_copy_*", "__copy_*",
    "__arch_copy_*", "clear_user*", "__clear_user*", "get_user*", "__get_user*", "put_user*",
    "__put_user*", "copy_page*", "clear_page*", "csum_partial*"};
constexpr Names kAllocators = {
    "kfree*", "kvfree*", "vfree*", "kmalloc*", "__kmalloc*", "kzalloc*", "krealloc*", "kvmalloc*",
    "__kvmalloc*", "vmalloc*", "__vmalloc*", "kmem_cache_*", "__kmem_cache_*", "___slab_*",
    "__slab_*", "slab_*", "do_slab_free", "get_partial_*", "deactivate_slab*", "put_cpu_partial",
    "unfreeze_*", "free_pages*", "__free_pages*", "free_unref_*", "get_page_from_freelist",
    "__alloc_pages*", "alloc_pages*", "set_freepointer", "free_debug_processing",
    "free_to_partial_list", "cache_alloc_*", "___cache_free", "allocate_slab", "new_slab",
    "should_failslab", "kfree_skbmem", "check_object", "free_consistency_checks",
    "cache_free_debugcheck", "check_slab", "mempool_*"};
constexpr Names kLocks = {
    "*spin_lock*", "*spin_unlock*", "_raw_*lock*", "__raw_*lock*", "*_lock_slowpath",
    "*spin_trylock*", "do_raw_*lock*", "spin_dump", "spin_bug", "mutex_*lock*", "__mutex_*",
    "down", "down_*", "up", "up_*", "__down*", "__up*", "rwsem_*", "lock_acquire*",
    "__lock_acquire*", "lock_release*", "validate_chain*", "osq_lock", "__pv_queued_*",
    "rt_mutex_*", "__rt_mutex_*", "rt_spin_*", "percpu_down_*", "__percpu_down_*", "arch_spin_*",
    "lockref_*"};
constexpr Names kContainers = {
    "list_*", "__list_*", "rb_*", "__rb_*", "xa_*", "__xa_*", "xas_*", "__xas_*", "idr_*", "ida_*",
    "radix_tree_*", "__radix_tree_*", "plist_*", "llist_*", "find_next_*", "_find_*",
    "find_first_*", "__bitmap_*", "bitmap_*", "mas_*", "refcount_*", "kref_*", "kobject_put",
    "kobject_get", "kobject_release", "klist_*", "sort", "bsearch", "atomic_*", "__atomic_*",
    "arch_atomic_*"};
constexpr Names kPrints = {
    "printk", "_printk", "vprintk*", "vsnprintf", "snprintf", "sprintf", "vsprintf", "vscnprintf",
    "scnprintf", "seq_printf", "seq_vprintf", "string", "string_nocheck", "number", "pointer",
    "format_decode", "console_*", "__console_*", "serial8250_console_*", "univ8250_console_*",
    "wait_for_xmitr", "wait_for_lsr", "uart_console_*", "io_serial_*", "mem_serial_*",
    "dev_*vprintk*", "__dev_printk", "_dev_*", "printk_*"};
constexpr Names kServices = {
    "flush_work*", "__flush_work*", "flush_delayed_work", "cancel_*work*", "__cancel_*work*",
    "queue_work_on", "__queue_work*", "queue_delayed_work*", "del_timer*", "timer_delete*",
    "__timer_delete*", "try_to_del_timer*", "mod_timer*", "__mod_timer", "add_timer*",
    "lock_timer_base", "delay_*", "__delay", "__const_udelay", "__udelay", "udelay", "msleep*",
    "usleep_*", "smp_call_function*", "generic_exec_single", "csd_lock_wait*", "on_each_cpu*",
    "flush_tlb_*", "native_flush_tlb_*", "stop_machine*", "cpu_relax", "try_to_wake_up",
    "__wake_up*", "wake_up*", "complete", "complete_all", "complete_with_*", "swake_up_*",
    "autoremove_*", "default_wake_function", "read_pci_config*", "pci_mmcfg_*", "native_read_msr*",
    "native_write_msr*", "dev_driver_string", "ioread*", "iowrite*", "__raw_read*", "__raw_write*",
    "readl", "writel"};

constexpr Names kWaits = {
    "__schedule", "schedule", "schedule_*", "io_schedule*", "preempt_schedule*", "__switch_to*",
    "context_switch*", "wait_*", "__wait_*", "do_wait_*", "bit_wait*", "out_of_line_wait_*",
    "prepare_to_wait*", "synchronize_*", "__synchronize_*", "_synchronize_*", "rcu_barrier*",
    "folio_wait_*", "__folio_lock*", "folio_lock*", "__lock_page*", "rtnl_lock*", "kthread_stop*",
    "do_nanosleep", "hrtimer_nanosleep*", "swait_*", "__swait_*", "io_wait*", "sleep_on_page*",
    "__lock_buffer", "exp_funnel_lock*", "__down_common*", "___down_common*", "percpu_rwsem_*",
    "jbd2_log_wait_*"};

constexpr Names kSyscalls = {
    "entry_*", "do_syscall_*", "__do_syscall*", "x64_sys_call", "ia32_sys_call", "do_*syscall_32*",
    "__do_fast_syscall*", "do_int80*", "sysenter_*", "system_call*", "tracesys*", "sysret_check",
    "ia32_sysret", "stub_*", "int_signal", "do_syscall", "syscall_*", "el0*", "invoke_syscall*",
    "do_el0_*", "ret_fast_syscall", "ret_to_user*", "work_pending", "do_trap_ecall_u",
    "handle_syscall", "sysc_*"};
constexpr Names kThreads = {
    "ret_from_*fork*", "ret_from_kernel_*", "kthread", "kthread_worker_fn", "worker_thread",
    "rescuer_thread", "process_one_work", "process_scheduled_works", "smpboot_thread_fn",
    "kernel_thread*", "kernel_init*", "start_kernel_thread", "child_rip", "arch_ret_from_*"};
constexpr Names kBoots = {
    "start_secondary", "smp_start_secondary", "cpu_startup_entry", "do_idle", "cpu_idle*",
    "secondary_*", "__secondary_*", "rest_init", "start_kernel", "arch_call_rest_init",
    "x86_64_start_*", "start_here_common", "i386_start_kernel", "startup_continue",
    "common_startup_64", "__primary_switched", "cpu_bringup_and_idle", "start_here_*"};

constexpr Names kStalls = {
    "sys_*", "compat_sys_*", "vfs_*", "new_sync_*", "do_softirq*", "__do_softirq*",
    "handle_softirqs*", "run_ksoftirqd*", "invoke_softirq*", "irq_exit*", "__irq_exit*",
    "call_softirq", "call_timer_fn", "run_timer_softirq", "__run_timers*", "expire_timers",
    "net_rx_action", "__napi_poll*", "napi_poll", "netif_receive_skb*", "__netif_receive_*",
    "do_filp_open", "do_sys_*", "task_work_run", "tasklet_action*", "rcu_do_batch", "rcu_core*"};
// clang-format on

constexpr std::array kGroups{
    FrameGroup{FrameRole::kReporting, "the way from an oops or panic into the capture kernel",
               kPanics},
    FrameGroup{FrameRole::kReporting, "x86: how a trap is handled", kFaults},
    FrameGroup{FrameRole::kReporting, "arm64 and arm: how a trap is handled", kArmFaults},
    FrameGroup{FrameRole::kReporting, "ppc64, s390, riscv: how a trap is handled", kOtherFaults},
    FrameGroup{FrameRole::kReporting, "prints a report, or finds what it reports in its caller",
               kReports},
    FrameGroup{FrameRole::kReporting, "NMIs, machine checks and SysRq interrupt anything", kNmis},
    FrameGroup{FrameRole::kReporting, "watchdogs look at what others do", kWatchdogs},
    FrameGroup{FrameRole::kReporting, "the interrupts that watchdogs run in", kTicks},
    FrameGroup{FrameRole::kInterrupt, "what was interrupted stands behind it", kInterrupts},
    FrameGroup{FrameRole::kHelper, "copies what its caller names", kStrings},
    FrameGroup{FrameRole::kHelper, "finds a heap that somebody else broke", kAllocators},
    FrameGroup{FrameRole::kHelper, "locks what its caller names", kLocks},
    FrameGroup{FrameRole::kHelper, "walks what its caller names", kContainers},
    FrameGroup{FrameRole::kHelper, "prints what its caller names", kPrints},
    FrameGroup{FrameRole::kHelper, "does for its caller what everybody needs", kServices},
    FrameGroup{FrameRole::kWait, "the way of every task that waits", kWaits},
    FrameGroup{FrameRole::kEntry, "from user space", kSyscalls},
    FrameGroup{FrameRole::kEntry, "the frame of every thread", kThreads},
    FrameGroup{FrameRole::kEntry, "the frame of every idle processor and of the boot", kBoots},
    FrameGroup{FrameRole::kStallEntry, "what spins is between here and the top of the stack",
               kStalls},
};

}  // namespace

std::span<const FrameGroup> FrameGroups() { return kGroups; }

}  // namespace kdumpd
