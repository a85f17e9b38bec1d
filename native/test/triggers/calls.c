/* calls COUNT THREADS PER_SECOND: waits for a line on stdin, makes COUNT getppid calls per thread
 * at that pace (0: as fast as it goes), prints the nanoseconds it took. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long count, per_second;

/* Called in the uprobe test. */
__attribute__((noinline, visibility("default"))) void marked_function(void)
{
	__asm__ volatile("");
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static void *call(void *unused)
{
	uint64_t start = now_ns();

	(void)unused;
	for (long i = 0; i < count; i++) {
		syscall(SYS_getppid);
		if (per_second == 0 || i % 100 != 99)
			continue;
		uint64_t due = start + (uint64_t)(i + 1) * 1000000000ull / (uint64_t)per_second;
		struct timespec wake = {.tv_sec = (time_t)(due / 1000000000ull),
					.tv_nsec = (long)(due % 1000000000ull)};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 2 ? atoi(argv[2]) : 1;
	pthread_t ids[64];
	char line[16];
	uint64_t start;

	count = argc > 1 ? atol(argv[1]) : 1;
	per_second = argc > 3 ? atol(argv[3]) : 0;
	if (threads < 1 || threads > 64 || !fgets(line, sizeof(line), stdin))
		return 2;
	marked_function();
	start = now_ns();
	for (int i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, call, NULL);
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	printf("%llu\n", (unsigned long long)(now_ns() - start));
	return 0;
}
