/* SPDX-License-Identifier: MIT */
/*
 * The error value: which operation failed, and the system's reason.
 */
#include "config.h"

#include "err.h"

#include <errno.h>

int err_set(struct err *err, enum err_op op)
{
	return err_set_num(err, op, errno);
}

int err_set_num(struct err *err, enum err_op op, int errnum)
{
	err->op = op;
	err->errnum = errnum;
	return -1;
}

const char *err_op_name(enum err_op op)
{
#define NAME(op, name, kind) [op] = name,
	static const char *const names[] = { ERR_TABLE(NAME) };
#undef NAME

	return names[op];
}
