/* SPDX-License-Identifier: MIT */
/*
 * Who was the first to come to a file of several names: a mark for each file in
 * memory that all workers share.
 *
 * Different files may have one mark. Then only the first one is told so, and
 * the others are taken for names that somebody came to before.
 */
#ifndef MCP_CLAIMS_H
#define MCP_CLAIMS_H

#include <stdbool.h>

#include "identity.h"

struct claims;

/*
 * NULL with errno when there is no memory. Children that are forked share it.
 */
struct claims *claims_start(void);

/* Whether nobody has claimed FILE before. */
bool claims_take(struct claims *claims, struct identity file);

/* CLAIMS may be NULL. */
void claims_free(struct claims *claims);

#endif
