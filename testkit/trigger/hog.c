// SPDX-License-Identifier: MIT
/*
 * Holds memory: --mib N touched at once, then --grow-mib-per-s R more until killed or --sleep-ms M
 * are over (0: for ever), then ends with --exit CODE. --nonce TEXT is there to be seen in the
 * arguments.
 */
#include <sys/mman.h>

#include "flags.h"

enum { MIB = 1024 * 1024, STEPS_PER_S = 20 };

static void hold(size_t bytes)
{
	if (bytes == 0)
		return;
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("hog: mmap");
		exit(1);
	}
	memset(memory, 1, bytes);
}

int main(int argc, char **argv)
{
	long mib = 0, grow_mib_per_s = 0, sleep_ms = 0, exit_code = 0;
	const char *nonce = "";
	const struct flag flags[] = {
		{"--mib", &mib, NULL},		 {"--grow-mib-per-s", &grow_mib_per_s, NULL},
		{"--sleep-ms", &sleep_ms, NULL}, {"--exit", &exit_code, NULL},
		{"--nonce", NULL, &nonce},
	};
	parse_flags(argc, argv, flags, sizeof(flags) / sizeof(flags[0]));

	hold((size_t)mib * MIB);
	puts("holding");
	fflush(stdout);

	struct timespec deadline;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	for (long step = 1; sleep_ms == 0 || step * 1000 / STEPS_PER_S <= sleep_ms; step++) {
		sleep_until_next(&deadline, 1000000000L / STEPS_PER_S);
		hold((size_t)grow_mib_per_s * MIB / STEPS_PER_S);
	}
	return (int)exit_code;
}
