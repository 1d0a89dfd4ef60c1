/* SPDX-License-Identifier: MIT */
/*
 * JSON by the jansson library, loaded when it is first needed.
 */
#include "config.h"

#include "json.h"

#include <dlfcn.h>
#include <jansson.h>

#include "util.h"

/* The functions of jansson that are used. */
static struct {
	__typeof__(&json_object) object;
	__typeof__(&json_array) array;
	__typeof__(&json_integer) integer;
	__typeof__(&json_real) real;
	__typeof__(&json_string) string;
	__typeof__(&json_null) null;
	__typeof__(&json_true) yes;
	__typeof__(&json_false) no;
	__typeof__(&json_object_set_new) object_set_new;
	__typeof__(&json_array_append_new) array_append_new;
	__typeof__(&json_dumps) dumps;
	__typeof__(&json_loadb) loadb;
	__typeof__(&json_object_get) object_get;
	__typeof__(&json_integer_value) integer_value;
	__typeof__(&json_number_value) number_value;
	__typeof__(&json_string_value) string_value;
	__typeof__(&json_delete) delete;
	bool loaded;
} library;

static const struct {
	const char *name;
	void *to;
} functions[] = {
	{ "json_object", &library.object },
	{ "json_array", &library.array },
	{ "json_integer", &library.integer },
	{ "json_real", &library.real },
	{ "json_string", &library.string },
	{ "json_null", &library.null },
	{ "json_true", &library.yes },
	{ "json_false", &library.no },
	{ "json_object_set_new", &library.object_set_new },
	{ "json_array_append_new", &library.array_append_new },
	{ "json_dumps", &library.dumps },
	{ "json_loadb", &library.loadb },
	{ "json_object_get", &library.object_get },
	{ "json_integer_value", &library.integer_value },
	{ "json_number_value", &library.number_value },
	{ "json_string_value", &library.string_value },
	{ "json_delete", &library.delete },
};

int json_open(const char **why)
{
	void *handle;
	size_t i;

	if (library.loaded)
		return 0;
	handle = dlopen("libjansson.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		*why = dlerror();
		return -1;
	}
	for (i = 0; i < UTIL_COUNT(functions); i++) {
		void *function = dlsym(handle, functions[i].name);

		if (!function) {
			*why = dlerror();
			return -1;
		}
		*(void **)functions[i].to = function;
	}
	library.loaded = true;
	return 0;
}

static json_t *theirs(const struct json *value)
{
	return (json_t *)value;
}

static struct json *ours(json_t *value)
{
	return (struct json *)value;
}

struct json *json_new_object(void)
{
	return ours(library.object());
}

struct json *json_new_array(void)
{
	return ours(library.array());
}

struct json *json_new_text(const char *text)
{
	return ours(text ? library.string(text) : library.null());
}

void json_put(struct json *object, const char *key, struct json *value)
{
	if (object && value)
		library.object_set_new(theirs(object), key, theirs(value));
	else
		json_drop(value);
}

void json_put_number(struct json *object, const char *key, uint64_t number)
{
	json_put(
		object, key,
		ours(library.integer((json_int_t)util_min(number, INT64_MAX))));
}

void json_put_real(struct json *object, const char *key, double number)
{
	json_put(object, key, ours(library.real(number)));
}

void json_put_bool(struct json *object, const char *key, bool truth)
{
	json_put(object, key, ours(truth ? library.yes() : library.no()));
}

void json_put_text(struct json *object, const char *key, const char *text)
{
	json_put(object, key, json_new_text(text));
}

void json_add(struct json *array, struct json *value)
{
	if (array && value)
		library.array_append_new(theirs(array), theirs(value));
	else
		json_drop(value);
}

char *json_print(const struct json *value)
{
	/* 15 digits: what was written with so many is what comes out. */
	return value ? library.dumps(theirs(value),
				     JSON_COMPACT | JSON_PRESERVE_ORDER |
					     JSON_REAL_PRECISION(15))
		     : NULL;
}

struct json *json_parse(const char *text, size_t length)
{
	return ours(library.loadb(text, length, JSON_REJECT_DUPLICATES, NULL));
}

struct json *json_find(const struct json *object, const char *key)
{
	return object ? ours(library.object_get(theirs(object), key)) : NULL;
}

uint64_t json_number_of(const struct json *value, uint64_t otherwise)
{
	json_int_t number;

	if (!value || !json_is_integer(theirs(value)))
		return otherwise;
	number = library.integer_value(theirs(value));
	return number < 0 ? otherwise : (uint64_t)number;
}

double json_real_of(const struct json *value, double otherwise)
{
	return value && json_is_number(theirs(value))
		       ? library.number_value(theirs(value))
		       : otherwise;
}

const char *json_text_of(const struct json *value, const char *otherwise)
{
	return value && json_is_string(theirs(value))
		       ? library.string_value(theirs(value))
		       : otherwise;
}

bool json_bool_of(const struct json *value, bool otherwise)
{
	return value && json_is_boolean(theirs(value))
		       ? json_is_true(theirs(value))
		       : otherwise;
}

void json_drop(struct json *value)
{
	json_t *own = theirs(value);

	/* json_decref, which is inline and calls what we do not link. */
	if (own && own->refcount != (size_t)-1 && --own->refcount == 0)
		library.delete(own);
}
