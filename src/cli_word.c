/* SPDX-License-Identifier: MIT */
/*
 * Options whose value is one of some words.
 */
#include "config.h"

#include "cli_word.h"

#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "util.h"

enum attribute {
	ATTRIBUTE_MODE,
	ATTRIBUTE_TIMESTAMPS,
	ATTRIBUTE_OWNERSHIP,
	ATTRIBUTE_LINKS,
	ATTRIBUTE_CONTEXT,
	ATTRIBUTE_XATTR,
	ATTRIBUTE_ALL,
};

static const struct choice attributes[] = {
	{ "mode", ATTRIBUTE_MODE },
	{ "timestamps", ATTRIBUTE_TIMESTAMPS },
	{ "ownership", ATTRIBUTE_OWNERSHIP },
	{ "links", ATTRIBUTE_LINKS },
	{ "context", ATTRIBUTE_CONTEXT },
	{ "xattr", ATTRIBUTE_XATTR },
	{ "all", ATTRIBUTE_ALL },
	{ NULL, 0 },
};

static const struct choice updates[] = {
	{ "all", OPTIONS_UPDATE_ALL },
	{ "none", OPTIONS_UPDATE_NONE },
	{ "none-fail", OPTIONS_UPDATE_NONE_FAIL },
	{ "older", OPTIONS_UPDATE_OLDER },
	{ NULL, 0 },
};

static const struct choice reflinks[] = {
	{ "auto", OPTIONS_REFLINK_AUTO },
	{ "always", OPTIONS_REFLINK_ALWAYS },
	{ "never", OPTIONS_REFLINK_NEVER },
	{ NULL, 0 },
};

/* In the order in which cp names them. */
static const struct choice sparses[] = {
	{ "never", OPTIONS_SPARSE_NEVER },
	{ "auto", OPTIONS_SPARSE_AUTO },
	{ "always", OPTIONS_SPARSE_ALWAYS },
	{ NULL, 0 },
};

static const struct choice progresses[] = {
	{ "auto", OPTIONS_PROGRESS_AUTO },
	{ "always", OPTIONS_PROGRESS_ALWAYS },
	{ "never", OPTIONS_PROGRESS_NEVER },
	{ NULL, 0 },
};

static const struct choice stats_forms[] = {
	{ "text", OPTIONS_STATS_TEXT },
	{ "json", OPTIONS_STATS_JSON },
	{ NULL, 0 },
};

/* Those that take one word. */
static const struct {
	enum option option;
	const char *name;
	const struct choice *words;
} worded[] = {
	{ OPTION_UPDATE, "--update", updates },
	{ OPTION_REFLINK, "--reflink", reflinks },
	{ OPTION_SPARSE, "--sparse", sparses },
	{ OPTION_PROGRESS, "--progress", progresses },
	{ OPTION_STATS, "--stats", stats_forms },
};

/* Finds WORD in TABLE, or complains as cp does of OPTION. */
static int choose(const struct choice *table, const char *word,
		  const char *option, int *value, const struct report *report)
{
	enum choice_result result = choice_find(table, word, value);
	char *complaint;

	if (result == CHOICE_FOUND)
		return 0;
	complaint = choice_complaint(table, result, word, option);
	report_usage_lines(report, complaint ? complaint : "memory exhausted");
	free(complaint);
	return -1;
}

/* One attribute, to be kept (ON) or not. */
static void set_attribute(struct options_preserve *preserve,
			  enum attribute attribute, bool on)
{
	bool all = attribute == ATTRIBUTE_ALL;

	if (attribute == ATTRIBUTE_CONTEXT)
		preserve->context = on;
	if (all || attribute == ATTRIBUTE_MODE) {
		preserve->mode = on;
		preserve->no_mode = !on;
	}
	if (all || attribute == ATTRIBUTE_TIMESTAMPS)
		preserve->timestamps = on;
	if (all || attribute == ATTRIBUTE_OWNERSHIP)
		preserve->ownership = on;
	if (all || attribute == ATTRIBUTE_LINKS)
		preserve->links = on;
	if (all || attribute == ATTRIBUTE_XATTR)
		preserve->xattr = on;
	if (attribute == ATTRIBUTE_XATTR)
		preserve->xattr_required = on;
}

int cli_word_preserve(struct mcp_options *options, const char *list, bool on,
		      const struct report *report)
{
	const char *option = on ? "--preserve" : "--no-preserve";
	char *words = strdup(list), *rest = words, *word;
	int attribute, result = words ? 0 : -1;

	while (result == 0 && (word = strsep(&rest, ","))) {
		result = choose(attributes, word, option, &attribute, report);
		if (result == 0)
			set_attribute(&options->preserve,
				      (enum attribute)attribute, on);
	}
	free(words);
	return result;
}

static void set(struct mcp_options *options, enum option option, int value)
{
	switch (option) {
	case OPTION_UPDATE:
		options->update = (enum options_update)value;
		break;
	case OPTION_REFLINK:
		options->reflink = (enum options_reflink)value;
		break;
	case OPTION_SPARSE:
		options->sparse = (enum options_sparse)value;
		break;
	case OPTION_PROGRESS:
		options->progress = (enum options_progress)value;
		break;
	case OPTION_STATS:
		options->stats = (enum options_stats)value;
		break;
	default:
		abort(); /* the table holds no other */
	}
}

int cli_word_set(struct mcp_options *options, enum option option,
		 const char *word, const struct report *report)
{
	size_t i = 0;
	int value;

	while (worded[i].option != option)
		if (++i == UTIL_COUNT(worded))
			abort(); /* no such option */
	if (choose(worded[i].words, word, worded[i].name, &value, report) < 0)
		return -1;
	set(options, option, value);
	return 0;
}
