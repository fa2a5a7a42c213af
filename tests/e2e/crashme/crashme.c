// SPDX-License-Identifier: GPL-2.0
/*
 * Crashes the kernel that loads it, in many ways: for tests only.
 *
 *	echo CAUSE > /sys/kernel/debug/crashme/trigger
 *
 * The names of the functions are what kernel logs then say: trig(), and below it that of the cause.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#define NOT_CANONICAL ((volatile u64 *)0xdead4ead00000000UL)
#define NOT_MAPPED ((volatile u64 *)0xffffc90000000000UL)
#define FIELD_OF_NULL ((volatile int *)0x18)
#define A_WHILE_MS 2000 /* for what crashes elsewhere */

static struct dentry *directory;
static struct timer_list timer;
static struct work_struct work;
static DEFINE_MUTEX(held);

/* Bad accesses. */

static noinline void do_null_read(void)
{
	pr_info("%d\n", *(volatile int *)NULL);
}

static noinline void do_null_write(void)
{
	*FIELD_OF_NULL = 1;
}

static noinline void do_gpf(void)
{
	pr_info("%llx\n", *NOT_CANONICAL);
}

static noinline void do_paging(void)
{
	*NOT_MAPPED = 1;
}

static noinline void do_ro_write(void)
{
	*(volatile char *)(unsigned long)&panic = 0;
}

static noinline void call(void *code)
{
	void (*function)(void) = code;

	OPTIMIZER_HIDE_VAR(function);
	function();
}

static void do_null_exec(void)
{
	call(NULL);
}

static void do_nx_exec(void)
{
	call(kzalloc(64, GFP_KERNEL));
}

/* Traps and what the kernel asserts. */

static noinline void do_bug(void)
{
	BUG();
}

static noinline void do_bug_on(void)
{
	int one = 1;

	OPTIMIZER_HIDE_VAR(one);
	BUG_ON(one == 1);
}

static noinline void do_div0(void)
{
	int zero = 0;

	OPTIMIZER_HIDE_VAR(zero);
	pr_info("%d\n", 100 / zero);
}

static noinline void do_ud2(void)
{
#ifdef CONFIG_X86
	asm volatile("ud2");
#else
	BUG();
#endif
}

static noinline void do_warn(const char *text)
{
	if (text)
		WARN(1, "%s\n", text);
	else
		WARN_ON(1);
}

static void do_warn_text(void)
{
	do_warn("crashme: a warning");
}

static void do_warn_plain(void)
{
	do_warn(NULL);
}

static noinline void do_panic(void)
{
	panic("crashme: custom panic, code %d <%s>", 42, "\xc3\xa9 utf8 \"quoted\"");
}

/* Memory that was written over. */

static noinline void do_stack_smash(void)
{
	volatile char buffer[16];
	int i;

	for (i = 0; i < 64; i++) {
		OPTIMIZER_HIDE_VAR(i);
		buffer[i] = 'A';
	}
}

static noinline int do_recurse(int depth)
{
	volatile char buffer[512];

	memset((void *)buffer, depth, sizeof(buffer));
	if (depth < 0)
		return 0;
	return do_recurse(depth + 1) + buffer[depth % sizeof(buffer)];
}

static void do_stack_overflow(void)
{
	do_recurse(0);
}

static noinline void do_list(void)
{
	struct list_head *entry = kmalloc(sizeof(*entry), GFP_KERNEL);
	LIST_HEAD(list);

	list_add(entry, &list);
	list_del(entry);
	list_del(entry);
}

static noinline void do_double_free(void)
{
	void *object = kmalloc(64, GFP_KERNEL);
	void *again = object;

	OPTIMIZER_HIDE_VAR(again);
	kfree(object);
	kfree(again);
	barrier(); /* no tail call: it stays in the trace */
}

/* In another context than that of who asks. */

static void timer_fn(struct timer_list *unused)
{
	do_null_write();
}

static void do_irq_null(void)
{
	timer_setup(&timer, timer_fn, 0);
	mod_timer(&timer, jiffies + 2);
	msleep(A_WHILE_MS);
}

static void work_fn(struct work_struct *unused)
{
	do_null_write();
}

static void do_work_null(void)
{
	INIT_WORK(&work, work_fn);
	schedule_work(&work);
	msleep(A_WHILE_MS);
}

static int kthread_null(void *unused)
{
	do_null_read();
	return 0;
}

static void do_kthread_null(void)
{
	kthread_run(kthread_null, NULL, "crashme_kt");
	msleep(A_WHILE_MS);
}

/* What never ends; who asks makes a panic of it (softlockup_panic, ...). */

static noinline void do_softlockup(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

static noinline void do_rcu_stall(void)
{
	rcu_read_lock();
	for (;;)
		cpu_relax();
}

static int dstate_fn(void *unused)
{
	mutex_lock(&held);
	return 0;
}

static void do_hung_task(void)
{
	mutex_lock(&held);
	kthread_run(dstate_fn, NULL, "crashme_hung");
	for (;;)
		ssleep(600);
}

/* init takes no SIGKILL from anybody, so it is told that it already got one. */
static void do_kill_init(void)
{
	struct task_struct *init = get_pid_task(find_vpid(1), PIDTYPE_PID);

	spin_lock_irq(&init->sighand->siglock);
	init->signal->flags = SIGNAL_GROUP_EXIT;
	init->signal->group_exit_code = SIGKILL;
	sigaddset(&init->pending.signal, SIGKILL);
	set_tsk_thread_flag(init, TIF_SIGPENDING);
	spin_unlock_irq(&init->sighand->siglock);
	wake_up_process(init);
}

static const struct cause {
	const char *name;
	void (*run)(void);
} causes[] = {
	{ "null_read", do_null_read },
	{ "null_write", do_null_write },
	{ "null_exec", do_null_exec },
	{ "nx_exec", do_nx_exec },
	{ "gpf", do_gpf },
	{ "paging", do_paging },
	{ "ro_write", do_ro_write },
	{ "bug", do_bug },
	{ "bug_on", do_bug_on },
	{ "div0", do_div0 },
	{ "ud2", do_ud2 },
	{ "warn", do_warn_text },
	{ "warn_plain", do_warn_plain },
	{ "panic", do_panic },
	{ "stack_smash", do_stack_smash },
	{ "stack_overflow", do_stack_overflow },
	{ "list", do_list },
	{ "double_free", do_double_free },
	{ "irq_null", do_irq_null },
	{ "work_null", do_work_null },
	{ "kthread_null", do_kthread_null },
	{ "softlockup", do_softlockup },
	{ "rcu_stall", do_rcu_stall },
	{ "hung_task", do_hung_task },
	{ "kill_init", do_kill_init },
};

static ssize_t trig(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char text[32] = {};
	const char *name;
	size_t i;

	if (size >= sizeof(text) || copy_from_user(text, from, size))
		return -EINVAL;
	name = strim(text);
	for (i = 0; i < ARRAY_SIZE(causes); i++) {
		if (strcmp(name, causes[i].name) != 0)
			continue;
		pr_info("crashme: %s\n", name);
		causes[i].run();
		return size;
	}
	return -EINVAL;
}

static const struct file_operations trigger = { .owner = THIS_MODULE, .write = trig };

static int __init crashme_init(void)
{
	directory = debugfs_create_dir("crashme", NULL);
	debugfs_create_file("trigger", 0200, directory, NULL, &trigger);
	return 0;
}

static void __exit crashme_exit(void)
{
	debugfs_remove_recursive(directory);
}

module_init(crashme_init);
module_exit(crashme_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Crashes the kernel in many ways, for tests");
