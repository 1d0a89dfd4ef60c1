/* SPDX-License-Identifier: MIT */
/*
 * Names in JSON, which knows only text: a name that is not UTF-8 stands there
 * twice, in a form that can be shown, and as its bytes.
 *
 *     "name": "caf\u00e9"
 *     "name": "caf\ufffd", "name_b64": "Y2Fm6Q=="
 */
#ifndef MCP_JSON_NAME_H
#define MCP_JSON_NAME_H

#include <stddef.h>

#include "json.h"

/*
 * NAME into OBJECT under KEY, each byte that is not UTF-8 as U+FFFD; then also
 * its bytes in Base64 (RFC 4648) under KEY and "_b64".
 */
void json_name_put(struct json *object, const char *key, const char *name);

/*
 * COUNT NAMES as an array under KEY, in the same way: if one of them is not
 * UTF-8, all of them stand in Base64 in a second one.
 */
void json_name_put_all(struct json *object, const char *key, size_t count,
		       char *const *names);

#endif
