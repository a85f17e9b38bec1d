/* SPDX-License-Identifier: MIT */
/* Flags of the trigger programs: every one is "--name value". */
#ifndef TAPIO_TRIGGER_FLAGS_H
#define TAPIO_TRIGGER_FLAGS_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct flag {
	const char *name;
	long *number;
	const char **text;
};

enum { USAGE_EXIT = 64 };

static inline void usage_error(const char *program, const char *what)
{
	fprintf(stderr, "%s: not understood: %s\n", program, what);
	exit(USAGE_EXIT);
}

static inline long parse_number(const char *program, const char *text)
{
	char *end;

	errno = 0;
	long value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 0)
		usage_error(program, text);
	return value;
}

static inline void parse_flags(int argc, char **argv, const struct flag *flags, size_t count)
{
	for (int at = 1; at < argc; at += 2) {
		const struct flag *found = NULL;

		for (size_t i = 0; i < count; i++)
			if (strcmp(argv[at], flags[i].name) == 0)
				found = &flags[i];
		if (!found || at + 1 >= argc)
			usage_error(argv[0], argv[at]);
		if (found->number)
			*found->number = parse_number(argv[0], argv[at + 1]);
		else
			*found->text = argv[at + 1];
	}
}

static inline int64_t wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Moves the deadline on and sleeps until then: the rate does not drift with the work in between. */
static inline void sleep_until_next(struct timespec *deadline, long interval_ns)
{
	deadline->tv_nsec += interval_ns % 1000000000L;
	deadline->tv_sec += interval_ns / 1000000000L + deadline->tv_nsec / 1000000000L;
	deadline->tv_nsec %= 1000000000L;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, deadline, NULL) == EINTR)
		;
}

#endif
