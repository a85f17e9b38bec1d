// SPDX-License-Identifier: MIT
/*
 * A service that builds a report in memory every so often and lets go of it. It runs well in a cgroup that
 * holds its peak; in a smaller one the kernel kills it while it builds.
 *
 *   report PEAK_MIB PERIOD_MS
 *
 * Prints `ready`, then `report N` after each report. Ends with 0 on SIGTERM, as a pid 1 must ask for.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;

static void on_term(int signal)
{
	(void)signal;
	stopping = 1;
}

static void pause_ms(long ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

	while (!stopping && nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Every page is written and read again, so that the kernel must really give it. */
static int build_report(size_t size, unsigned long number)
{
	unsigned char *rows = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long sum = 0;
	size_t at;

	if (rows == MAP_FAILED)
		return -1;
	for (at = 0; at < size; at += 4096)
		rows[at] = (unsigned char)(number + at / 4096);
	for (at = 0; at < size; at += 4096)
		sum += rows[at];
	printf("report %lu, checksum %lu\n", number, sum);
	return munmap(rows, size);
}

int main(int argc, char **argv)
{
	long peak_mib = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	long period_ms = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	struct sigaction action = {.sa_handler = on_term};
	unsigned long number;

	if (peak_mib <= 0 || period_ms <= 0) {
		fprintf(stderr, "usage: report PEAK_MIB PERIOD_MS\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGTERM, &action, NULL);
	printf("ready\n");
	for (number = 1; !stopping; number++) {
		pause_ms(period_ms);
		if (!stopping && build_report((size_t)peak_mib << 20, number) != 0) {
			perror("report");
			return 1;
		}
	}
	return 0;
}
