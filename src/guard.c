/* SPDX-License-Identifier: MIT */
/*
 * Memory copies between mappings that may fail: SIGBUS becomes a return value.
 *
 * The one piece of global state in the program, because a signal handler can
 * reach nothing else: which ranges are being copied, and where to jump.
 */
#include "config.h"

#include "guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "store.h"

static struct {
	bool installed;
	volatile sig_atomic_t armed;
	uintptr_t dest;
	uintptr_t source;
	size_t length;
	sigjmp_buf jump;
} guard;

static bool within(uintptr_t address, uintptr_t start, size_t length)
{
	return address - start < length;
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;

	(void)context;
	/* si_code > 0: from the kernel, not sent by kill(2). */
	if (guard.armed && info->si_code > 0 &&
	    (within(address, guard.dest, guard.length) ||
	     within(address, guard.source, guard.length)))
		siglongjmp(guard.jump, 1);

	/* Not ours: a fault comes again on return, a kill(2) is repeated. */
	signal(number, SIG_DFL);
	if (info->si_code <= 0)
		raise(number);
}

static void install(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_sigbus;
	/*
	 * SA_NODEFER: the jump leaves the handler without the kernel undoing
	 * its mask, so that sigsetjmp need not save one at a system call each.
	 */
	action.sa_flags = SA_SIGINFO | SA_NODEFER;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
	guard.installed = true;
}

int guard_copy(void *dest, const void *source, size_t length)
{
	if (!guard.installed)
		install();
	guard.dest = (uintptr_t)dest;
	guard.source = (uintptr_t)source;
	guard.length = length;
	if (sigsetjmp(guard.jump, 0) != 0) {
		guard.armed = 0;
		return -1;
	}
	guard.armed = 1;
	/* The compiler may move a copy across a volatile store. */
	atomic_signal_fence(memory_order_seq_cst);
	store_past_cache(dest, source, length);
	atomic_signal_fence(memory_order_seq_cst);
	guard.armed = 0;
	return 0;
}
