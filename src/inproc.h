/* SPDX-License-Identifier: MIT */
/*
 * The backend without processes: jobs are done here, when their record is
 * asked for.
 */
#ifndef MCP_INPROC_H
#define MCP_INPROC_H

#include "backend.h"
#include "signals.h"

/*
 * NULL with errno ENOMEM. SIGNALS is drained while a job runs. Submitting the
 * one chunk that is unanswered never fails.
 */
struct backend *inproc_start(struct signals *signals);

#endif
