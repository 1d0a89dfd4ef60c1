/* SPDX-License-Identifier: MIT */
/*
 * A view of a copy in words.
 *
 * The line is made of parts. Which of them are there depends on the width: the
 * most important ones first, as far as they fit; then what room is left goes to
 * the name, or else to the bar.
 */
#include "config.h"

#include "line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "amount.h"
#include "columns.h"
#include "util.h"

/* A wider line is of no use, and there is room for it in any case. */
#define COLUMNS_MOST 1000

/* The most columns of a name in a sentence. */
#define NAME_MOST 1000

/* Below so many columns there is no room for words. */
#define NARROW 40

static const char *mark(const struct progress_view *view)
{
	return view->growing ? "~" : "";
}

/* Whether it is at a file, and not at its end or at directories. */
static bool is_at_file(const struct progress_view *view)
{
	return view->phase == PROGRESS_COPYING ||
	       (view->phase == PROGRESS_WRITING_BACK &&
		view->to_write_back > 0);
}

static const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

/* Parts, in the order in which they stand. */
enum part {
	PART_PERCENT,
	PART_BAR,
	PART_BYTES,
	PART_FILES,
	PART_RATE,
	PART_OVERALL,
	PART_LEFT,
	PART_ERRORS,
	PART_NAME,
	PARTS
};

/* The most important ones first. */
static const enum part by_rank[PARTS] = {
	PART_PERCENT, PART_LEFT,  PART_ERRORS, PART_BAR,     PART_RATE,
	PART_BYTES,   PART_FILES, PART_NAME,   PART_OVERALL,
};

#define PART_SIZE 96

struct line {
	const struct progress_view *view;
	bool utf8;
	unsigned int room;	     /* columns that are left */
	unsigned int width[PARTS];   /* 0: it is not there */
	char text[PARTS][PART_SIZE]; /* ASCII; of bar and name only the width */
};

__attribute__((format(printf, 3, 4))) static void
put(struct line *line, enum part part, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(line->text[part], PART_SIZE, format, args);
	va_end(args);
}

static void put_percent(struct line *line)
{
	char word[AMOUNT_WORD];

	if (line->view->unknown)
		return;
	snprintf(word, sizeof(word), "%s%u%%", mark(line->view),
		 line->view->permille / 10);
	put(line, PART_PERCENT, "%4s", word);
}

/* Each in its own unit where they differ, or a little of much would be 0.00. */
static void put_bytes(struct line *line)
{
	const struct progress_view *view = line->view;
	char done[AMOUNT_WORD], all[AMOUNT_WORD];

	amount_bytes(view->bytes, done);
	amount_bytes(view->bytes_total, all);
	if (view->unknown || view->phase == PROGRESS_ENDED) {
		put(line, PART_BYTES, "%s", done);
		return;
	}
	if (amount_unit(view->bytes) == amount_unit(view->bytes_total))
		*strchr(done, ' ') = '\0';
	put(line, PART_BYTES, "%s/%s%s", done, mark(view), all);
}

static void put_files(struct line *line)
{
	const struct progress_view *view = line->view;

	if (view->unknown || view->files_total <= 1)
		return;
	if (view->phase == PROGRESS_ENDED && view->files == view->files_total)
		put(line, PART_FILES, "%llu files",
		    (unsigned long long)view->files);
	else
		put(line, PART_FILES, "%llu/%s%llu files",
		    (unsigned long long)view->files, mark(view),
		    (unsigned long long)view->files_total);
}

static void put_rates(struct line *line)
{
	const struct progress_view *view = line->view;
	char word[AMOUNT_WORD];

	amount_bytes(view->rate_overall, word);
	if (view->phase == PROGRESS_ENDED) {
		put(line, PART_RATE, "%s/s", word);
		return;
	}
	put(line, PART_OVERALL, "(%s/s)", word);
	amount_bytes(view->rate, word);
	put(line, PART_RATE, "%8s/s", word);
}

/* How much of what goes to the disk is there; all of it would be the end. */
static unsigned int percent_back(const struct progress_view *view)
{
	double part = (double)view->written_back / (double)view->to_write_back;

	return part < 0.99 ? (unsigned int)(part * 100) : 99;
}

static void put_back(struct line *line, bool narrow)
{
	if (line->view->to_write_back == 0)
		put(line, PART_LEFT, "writing back");
	else
		put(line, PART_LEFT,
		    narrow ? "written %u%%" : "writing back %u%%",
		    percent_back(line->view));
}

static void put_left(struct line *line, bool narrow)
{
	const struct progress_view *view = line->view;
	char word[AMOUNT_WORD];

	amount_time(view->elapsed, word);
	if (view->phase == PROGRESS_ENDED) {
		put(line, PART_LEFT, "in %s", word);
	} else if (view->phase == PROGRESS_WRITING_BACK) {
		put_back(line, narrow);
	} else if (view->unknown) {
		put(line, PART_LEFT, "%s", word);
	} else if (view->left_known) {
		amount_time(view->left, word);
		put(line, PART_LEFT, narrow ? "%s%s" : "%s%s left", mark(view),
		    word);
	} else {
		put(line, PART_LEFT, "-:--");
	}
}

static void put_errors(struct line *line)
{
	uint64_t errors = line->view->errors;

	if (errors > 0)
		put(line, PART_ERRORS, "%llu error%s",
		    (unsigned long long)errors, plural(errors));
}

/* The bar, COLUMNS wide with its ends. */
static size_t add_bar(char *text, size_t at, const struct line *line,
		      unsigned int columns)
{
	static const char *const eighths[] = {
		" ",
		"\xe2\x96\x8f",
		"\xe2\x96\x8e",
		"\xe2\x96\x8d",
		"\xe2\x96\x8c",
		"\xe2\x96\x8b",
		"\xe2\x96\x8a",
		"\xe2\x96\x89",
		"\xe2\x96\x88",
	};
	unsigned int inner = columns - 2, i;
	unsigned int filled = inner * 8 * line->view->permille / 1000;

	text[at++] = line->utf8 ? '|' : '[';
	for (i = 0; i < inner; i++) {
		unsigned int here = filled > 8 * i ? filled - 8 * i : 0;
		const char *cell = eighths[here > 8 ? 8 : here];

		if (!line->utf8)
			cell = here >= 8 ? "#" : "-";
		memcpy(text + at, cell, strlen(cell));
		at += strlen(cell);
	}
	text[at++] = line->utf8 ? '|' : ']';
	return at;
}

/* Choosing */

#define BAR_LEAST 6
#define BAR_MOST 30
#define NAME_LEAST 12

/* How wide PART should be at least; 0: there is nothing to say. */
static unsigned int wanted(const struct line *line, enum part part,
			   unsigned int columns)
{
	const char *name = line->view->now;

	if (part == PART_BAR)
		return line->view->unknown
			       ? 0
			       : (unsigned int)util_max(BAR_LEAST,
							util_min(columns / 5,
								 BAR_MOST));
	if (part == PART_NAME)
		return name && is_at_file(line->view)
			       ? (unsigned int)util_min(NAME_LEAST,
							columns_of(name,
								   line->utf8))
			       : 0;
	return (unsigned int)strlen(line->text[part]);
}

/* Gives PART more of the room, up to MOST columns altogether. */
static void widen(struct line *line, enum part part, unsigned int most)
{
	unsigned int more;

	if (line->width[part] == 0 || line->width[part] >= most)
		return;
	more = (unsigned int)util_min(most - line->width[part], line->room);
	line->width[part] += more;
	line->room -= more;
}

static void choose(struct line *line, unsigned int columns)
{
	bool first = true;
	size_t i;

	line->room = columns - 1;
	for (i = 0; i < PARTS; i++) {
		enum part part = by_rank[i];
		unsigned int width = wanted(line, part, columns);

		if (width == 0 || width + !first > line->room)
			continue;
		line->width[part] = width;
		line->room -= width + !first;
		first = false;
	}
	if (line->width[PART_NAME] > 0)
		widen(line, PART_NAME, columns_of(line->view->now, line->utf8));
	/* Elsewhere it would change its size whenever a name does. */
	if (columns < NARROW)
		widen(line, PART_BAR, BAR_MOST);
}

size_t line_bar(const struct progress_view *view, unsigned int columns,
		bool utf8, char *text)
{
	struct line line = { .view = view, .utf8 = utf8 };
	size_t at = 0;
	int part;

	columns = (unsigned int)util_min(util_max(columns, LINE_MIN_COLUMNS),
					 COLUMNS_MOST);
	put_percent(&line);
	put_bytes(&line);
	put_files(&line);
	put_rates(&line);
	put_left(&line, columns < NARROW);
	put_errors(&line);
	choose(&line, columns);
	for (part = 0; part < PARTS; part++) {
		if (line.width[part] == 0)
			continue;
		if (at > 0)
			text[at++] = ' ';
		if (part == PART_BAR) {
			at = add_bar(text, at, &line, line.width[part]);
		} else if (part == PART_NAME) {
			at += columns_put(text + at, LINE_MAX_BYTES - 1 - at,
					  view->now, line.width[part], utf8);
		} else {
			memcpy(text + at, line.text[part], line.width[part]);
			at += line.width[part];
		}
	}
	text[at] = '\0';
	return at;
}

/* A sentence */

__attribute__((format(printf, 3, 4))) static size_t add(char *text, size_t at,
							const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text + at, LINE_MAX_BYTES - at, format, args);
	va_end(args);
	return at + (size_t)length;
}

/* How much of how much. */
static size_t add_amount(char *text, size_t at,
			 const struct progress_view *view)
{
	char done[AMOUNT_WORD], all[AMOUNT_WORD];

	amount_bytes(view->bytes, done);
	amount_bytes(view->bytes_total, all);
	if (view->unknown)
		return add(text, at, "%s", done);
	return add(text, at, "%s%u%%, %s of %s%s, %llu of %s%llu file%s",
		   mark(view), view->permille / 10, done, mark(view), all,
		   (unsigned long long)view->files, mark(view),
		   (unsigned long long)view->files_total,
		   plural(view->files_total));
}

size_t line_plain(const struct progress_view *view, bool utf8, char *text)
{
	char rate[AMOUNT_WORD], overall[AMOUNT_WORD], time[AMOUNT_WORD];
	size_t at = add_amount(text, 0, view);

	amount_bytes(view->rate, rate);
	amount_bytes(view->rate_overall, overall);
	amount_time(view->elapsed, time);
	at = add(text, at, " in %s", time);
	if (view->phase == PROGRESS_COPYING)
		at = add(text, at, ", %s/s (overall %s/s)", rate, overall);
	else
		at = add(text, at, ", %s/s", overall);
	if (view->phase == PROGRESS_WRITING_BACK)
		at = add(text, at, ", writing back");
	if (view->phase == PROGRESS_WRITING_BACK && view->to_write_back > 0)
		at = add(text, at, " %u%%", percent_back(view));
	if (view->left_known && view->phase == PROGRESS_COPYING) {
		amount_time(view->left, time);
		at = add(text, at, ", %s left", time);
	}
	if (view->errors > 0)
		at = add(text, at, ", %llu error%s",
			 (unsigned long long)view->errors,
			 plural(view->errors));
	if (view->now && is_at_file(view)) {
		at = add(text, at, ": ");
		at += columns_put(text + at, LINE_MAX_BYTES - 1 - at, view->now,
				  NAME_MOST, utf8);
		text[at] = '\0';
	}
	return at;
}
