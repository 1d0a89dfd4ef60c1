/* SPDX-License-Identifier: MIT */
/*
 * What was done, in numbers, when all is over.
 */
#include "config.h"

#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amount.h"
#include "engine.h"
#include "json.h"
#include "util.h"

int stats_open(enum options_stats form, const struct report *report)
{
	const char *why;

	if (form != OPTIONS_STATS_JSON || json_open(&why) == 0)
		return 0;
	report_reason(report, "cannot make JSON", why);
	return -1;
}

struct stats {
	const struct tally *sum;
	uint64_t time; /* nanoseconds */
	unsigned int workers;
};

static uint64_t count_of(const struct stats *stats, int field)
{
	return stats->sum->count[field];
}

static uint64_t rate_of(const struct stats *stats)
{
	return stats->time == 0
		       ? 0
		       : (uint64_t)((double)count_of(stats, TALLY_BYTES) *
				    UTIL_SECOND / (double)stats->time);
}

/* As text */

/* ", NUMBER WORDS", the first one without the comma. */
static void add_number(FILE *out, bool *first, uint64_t number,
		       const char *words)
{
	if (number == 0)
		return;
	fprintf(out, "%s%llu %s", *first ? "" : ", ",
		(unsigned long long)number, words);
	*first = false;
}

static void add_bytes(FILE *out, bool *first, uint64_t bytes, const char *words)
{
	char word[AMOUNT_WORD];

	if (bytes == 0)
		return;
	amount_bytes(bytes, word);
	fprintf(out, "%s%s %s", *first ? "" : ", ", word, words);
	*first = false;
}

static void add_files(FILE *out, const struct stats *stats)
{
	bool first = false;

	fprintf(out, "files: %llu copied",
		(unsigned long long)count_of(stats, TALLY_FILES));
	add_number(out, &first, count_of(stats, TALLY_SKIPPED_FILES),
		   "skipped");
	add_number(out, &first, count_of(stats, TALLY_FAILED_FILES),
		   "not copied");
	fprintf(out, "\ndirectories: %llu\n",
		(unsigned long long)count_of(stats, TALLY_DIRECTORIES));
	first = true;
	fprintf(out, "links: ");
	add_number(out, &first, count_of(stats, TALLY_SYMLINKS), "symbolic");
	add_number(out, &first, count_of(stats, TALLY_HARD_LINKS), "hard");
	fprintf(out, "%s\n", first ? "0" : "");
	if (count_of(stats, TALLY_OTHERS) > 0)
		fprintf(out, "devices, FIFOs and sockets: %llu\n",
			(unsigned long long)count_of(stats, TALLY_OTHERS));
}

static void add_data(FILE *out, const struct stats *stats)
{
	bool first = false;
	char word[AMOUNT_WORD];
	int i;

	amount_bytes(count_of(stats, TALLY_BYTES), word);
	fprintf(out, "bytes: %llu (%s)",
		(unsigned long long)count_of(stats, TALLY_BYTES), word);
	add_bytes(out, &first,
		  count_of(stats, TALLY_BY_ENGINE + OPTIONS_ENGINE_CLONE),
		  "cloned");
	add_bytes(out, &first, count_of(stats, TALLY_HOLES), "in holes");
	fprintf(out, "\nengines: ");
	first = true;
	for (i = OPTIONS_ENGINE_AUTO + 1; i < OPTIONS_ENGINES; i++) {
		uint64_t bytes = count_of(stats, TALLY_BY_ENGINE + i);

		if (bytes == 0)
			continue;
		amount_bytes(bytes, word);
		fprintf(out, "%s%s %s", first ? "" : ", ",
			engine_name((enum options_engine)i), word);
		first = false;
	}
	fprintf(out, "%s\n", first ? "none" : "");
}

static void add_pace(FILE *out, const struct stats *stats)
{
	char word[AMOUNT_WORD];

	amount_bytes(rate_of(stats), word);
	fprintf(out, "time: %.3f s\nrate: %s/s\nworkers: %u\n",
		(double)stats->time / UTIL_SECOND, word, stats->workers);
}

static void add_errors(FILE *out, const struct stats *stats)
{
	bool first = true;
	int i;

	fprintf(out, "errors: %llu",
		(unsigned long long)tally_errors(stats->sum));
	for (i = 0; i < TALLY_ERRORS; i++) {
		uint64_t number = count_of(stats, TALLY_BY_ERROR + i);

		if (number == 0)
			continue;
		fprintf(out, "%s%s %llu", first ? " (" : ", ",
			tally_error_name((enum tally_error)i),
			(unsigned long long)number);
		first = false;
	}
	fprintf(out, "%s\n", first ? "" : ")");
}

static char *make_text(const struct stats *stats)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	add_files(out, stats);
	add_data(out, stats);
	add_pace(out, stats);
	add_errors(out, stats);
	return fclose(out) == 0 ? text : NULL;
}

/* As JSON: all numbers, be they 0 */

static struct json *make_engines(const struct stats *stats)
{
	struct json *object = json_new_object();
	int i;

	for (i = OPTIONS_ENGINE_AUTO + 1; i < OPTIONS_ENGINES; i++)
		json_put_number(object, engine_name((enum options_engine)i),
				count_of(stats, TALLY_BY_ENGINE + i));
	return object;
}

static struct json *make_errors(const struct stats *stats)
{
	struct json *object = json_new_object();
	int i;

	for (i = 0; i < TALLY_ERRORS; i++)
		json_put_number(object, tally_error_name((enum tally_error)i),
				count_of(stats, TALLY_BY_ERROR + i));
	return object;
}

static char *make_json(const struct stats *stats)
{
	static const struct {
		const char *key;
		enum tally_field field;
	} rows[] = {
		{ "files", TALLY_FILES },
		{ "files_skipped", TALLY_SKIPPED_FILES },
		{ "files_failed", TALLY_FAILED_FILES },
		{ "directories", TALLY_DIRECTORIES },
		{ "symlinks", TALLY_SYMLINKS },
		{ "hard_links", TALLY_HARD_LINKS },
		{ "others", TALLY_OTHERS },
		{ "bytes", TALLY_BYTES },
		{ "bytes_cloned", TALLY_BY_ENGINE + OPTIONS_ENGINE_CLONE },
		{ "bytes_in_holes", TALLY_HOLES },
	};
	struct json *object = json_new_object();
	char *text;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_put_number(object, rows[i].key,
				count_of(stats, rows[i].field));
	json_put_real(object, "seconds", (double)stats->time / UTIL_SECOND);
	json_put_number(object, "bytes_per_second", rate_of(stats));
	json_put_number(object, "workers", stats->workers);
	json_put(object, "bytes_by_engine", make_engines(stats));
	json_put_number(object, "errors", tally_errors(stats->sum));
	json_put(object, "errors_by_kind", make_errors(stats));
	text = json_print(object);
	json_drop(object);
	return text;
}

void stats_tell(enum options_stats form, const struct progress *progress,
		uint64_t now, struct report *report)
{
	const struct stats stats = {
		.sum = &progress->sum,
		.time = progress_elapsed(progress, now),
		.workers = progress->most_workers,
	};
	char *text = NULL;

	if (form == OPTIONS_STATS_TEXT)
		text = make_text(&stats);
	else if (form == OPTIONS_STATS_JSON)
		text = make_json(&stats);
	else
		return;
	if (!text)
		report_named(report, 0, "memory exhausted", NULL);
	else if (form == OPTIONS_STATS_TEXT)
		report_text(report, STDERR_FILENO, text, strlen(text));
	else
		report_line(report, text);
	free(text);
}
