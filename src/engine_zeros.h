/* SPDX-License-Identifier: MIT */
/*
 * Ranges whose zeros are not copied as they are, by any engine: holes that
 * become zeros, and zeros that become holes.
 */
#ifndef MCP_ENGINE_ZEROS_H
#define MCP_ENGINE_ZEROS_H

#include "engine.h"

/*
 * As engine_copy. RANGE's zeros are JOB_ZEROS_SKIP or JOB_ZEROS_FILL; what is
 * to be copied goes back to engine_copy piece by piece.
 */
enum engine_result engine_zeros_copy(enum options_engine which, bool forced,
				     struct engine_work *work,
				     struct engine_range *range,
				     struct err *err);

#endif
