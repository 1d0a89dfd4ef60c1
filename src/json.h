/* SPDX-License-Identifier: MIT */
/*
 * JSON by the jansson library, which is loaded when it is first needed: a plain
 * copy starts without it.
 *
 * Values belong to whoever made them until they are put into another one.
 * Making one returns NULL when there is no memory; all else takes NULL and does
 * nothing with it, so that a text is made by a row of calls and only then
 * checked.
 */
#ifndef MCP_JSON_H
#define MCP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json; /* a value: object, array, number, ... */

/*
 * Loads the library. Returns 0, or -1 and *WHY, a sentence for the user
 * (static, or dlerror's).
 */
int json_open(const char **why);

/* Making */

struct json *json_new_object(void);
struct json *json_new_array(void);

/* To OBJECT, under KEY. VALUE is OBJECT's then, whatever becomes of it. */
void json_put(struct json *object, const char *key, struct json *value);
void json_put_number(struct json *object, const char *key, uint64_t number);
void json_put_real(struct json *object, const char *key, double number);
void json_put_bool(struct json *object, const char *key, bool truth);

/* TEXT must be UTF-8; what is not is left out. NULL: null. */
void json_put_text(struct json *object, const char *key, const char *text);

/* VALUE to the end of ARRAY, the same way. */
void json_add(struct json *array, struct json *value);
struct json *json_new_text(const char *text);

/* VALUE as one line without a newline, UTF-8: malloc'ed; NULL: no memory. */
char *json_print(const struct json *value);

/* Reading: LENGTH bytes of TEXT, or NULL when that is no JSON. */
struct json *json_parse(const char *text, size_t length);

/* What stands in OBJECT under KEY: the object's own; NULL: nothing does. */
struct json *json_find(const struct json *object, const char *key);

/* VALUE as what it should be; OTHERWISE when it is something else, or NULL. */
uint64_t json_number_of(const struct json *value, uint64_t otherwise);
double json_real_of(const struct json *value, double otherwise);
const char *json_text_of(const struct json *value, const char *otherwise);
bool json_bool_of(const struct json *value, bool otherwise);

/* Frees a value that is nobody else's. */
void json_drop(struct json *value);

#endif
