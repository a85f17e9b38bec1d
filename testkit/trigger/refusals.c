// SPDX-License-Identifier: MIT
/*
 * Asks for files that it is refused: --count N times in all, --rate R times a second (0: as fast as
 * it can), by --threads T threads. The files are --names F different ones in --folder, which only
 * root may look into; a program that is root becomes nobody first, for root is refused nothing. One
 * JSON line at the end: {"calls":100,"refused":100,"startedUs":...,"endedUs":...}, wall clock,
 * microseconds. "refused" are calls that ended with EACCES.
 */
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pthread.h>
#include <unistd.h>

#include "flags.h"

enum { NOBODY = 65534, PATH_BYTES = 256, MOST_THREADS = 64, MOST_NAMES = 4096, CALLS_BETWEEN_SLEEPS = 64 };

static char (*paths)[PATH_BYTES];
static long names = 64;
static long calls_per_thread;
static long interval_ns; /* of CALLS_BETWEEN_SLEEPS calls of one thread; 0: no pace */

struct asker {
	pthread_t thread;
	long refused;
};

static void *ask(void *argument)
{
	struct asker *asker = argument;
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	for (long i = 0; i < calls_per_thread; i++) {
		int file = openat(AT_FDCWD, paths[i % names], O_RDONLY | O_CLOEXEC);

		if (file >= 0)
			close(file);
		else if (errno == EACCES)
			asker->refused++;
		if (interval_ns > 0 && i % CALLS_BETWEEN_SLEEPS == CALLS_BETWEEN_SLEEPS - 1)
			sleep_until_next(&deadline, interval_ns);
	}
	return NULL;
}

static void become_nobody(void)
{
	if (geteuid() != 0)
		return;
	if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0) {
		perror("refusals: becoming nobody");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	long count = 1, rate = 0, threads = 1;
	const char *folder = NULL;
	const struct flag flags[] = {
		{"--count", &count, NULL}, {"--rate", &rate, NULL},	{"--threads", &threads, NULL},
		{"--names", &names, NULL}, {"--folder", NULL, &folder},
	};
	parse_flags(argc, argv, flags, sizeof(flags) / sizeof(flags[0]));
	if (!folder)
		usage_error(argv[0], "--folder is needed");
	if (threads < 1 || threads > MOST_THREADS || names < 1 || names > MOST_NAMES)
		usage_error(argv[0], "--threads or --names");

	paths = calloc((size_t)names, sizeof(*paths));
	if (!paths)
		return 1;
	for (long i = 0; i < names; i++)
		if (snprintf(paths[i], PATH_BYTES, "%s/settings-%ld.json", folder, i) >= PATH_BYTES)
			usage_error(argv[0], "--folder is too long");
	become_nobody();
	calls_per_thread = count / threads;
	if (rate > 0)
		interval_ns = 1000000000L * CALLS_BETWEEN_SLEEPS * threads / rate;

	struct asker askers[MOST_THREADS] = {0};
	long refused = 0;
	int64_t started_us = wall_us();
	for (long i = 0; i < threads; i++) {
		if (pthread_create(&askers[i].thread, NULL, ask, &askers[i]) != 0) {
			perror("refusals: pthread_create");
			return 1;
		}
	}
	for (long i = 0; i < threads; i++) {
		pthread_join(askers[i].thread, NULL);
		refused += askers[i].refused;
	}
	printf("{\"calls\":%ld,\"refused\":%ld,\"startedUs\":%" PRId64 ",\"endedUs\":%" PRId64 "}\n",
	       calls_per_thread * threads, refused, started_us, wall_us());
	return 0;
}
