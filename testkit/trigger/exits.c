// SPDX-License-Identifier: MIT
/*
 * Runs --count N processes one after the other, --rate R a second (0: as fast as it can). Each is
 * exec'ed with the nonce PREFIX-<i> as an argument and ends with --code C, or by --signal S when
 * that is not 0; --threads T more threads live in it when it ends. One JSON line for each process
 * that was reaped:
 * {"key":"PREFIX-0","pid":12,"code":3,"signal":0,"startedUs":...,"endedUs":...}, wall clock,
 * microseconds.
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flags.h"

static const char self[] = "/proc/self/exe";
static const char child_name[] = "tapio-exit";

static void *idle(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

/* argv: tapio-exit NONCE CODE SIGNAL THREADS */
static int child(char **argv)
{
	long code = parse_number(argv[0], argv[2]);
	long signal_number = parse_number(argv[0], argv[3]);
	long threads = parse_number(argv[0], argv[4]);

	for (long i = 0; i < threads; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, idle, NULL) != 0) {
			perror("exits: pthread_create");
			return USAGE_EXIT;
		}
	}
	if (signal_number != 0) {
		const struct rlimit no_core = {0, 0};

		setrlimit(RLIMIT_CORE, &no_core);
		kill(getpid(), (int)signal_number);
		pause();
	}
	return (int)code;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[0], child_name) == 0)
		return child(argv);

	long count = 1, rate = 0, code = 0, signal_number = 0, threads = 0;
	const char *prefix = "exit";
	const struct flag flags[] = {
		{"--count", &count, NULL},	    {"--rate", &rate, NULL},	   {"--code", &code, NULL},
		{"--signal", &signal_number, NULL}, {"--threads", &threads, NULL}, {"--nonce", NULL, &prefix},
	};
	parse_flags(argc, argv, flags, sizeof(flags) / sizeof(flags[0]));

	struct timespec deadline;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	for (long i = 0; i < count; i++) {
		char nonce[128], code_text[16], signal_text[16], threads_text[16];

		snprintf(nonce, sizeof(nonce), "%s-%ld", prefix, i);
		snprintf(code_text, sizeof(code_text), "%ld", code);
		snprintf(signal_text, sizeof(signal_text), "%ld", signal_number);
		snprintf(threads_text, sizeof(threads_text), "%ld", threads);
		int64_t started_us = wall_us();
		pid_t pid = fork();
		if (pid < 0) {
			perror("exits: fork");
			return 1;
		}
		if (pid == 0) {
			execl(self, child_name, nonce, code_text, signal_text, threads_text, (char *)NULL);
			_exit(127);
		}
		int status;
		if (waitpid(pid, &status, 0) != pid) {
			perror("exits: waitpid");
			return 1;
		}
		printf("{\"key\":\"%s\",\"pid\":%d,\"code\":%d,\"signal\":%d,\"startedUs\":%" PRId64
		       ",\"endedUs\":%" PRId64 "}\n",
		       nonce, pid, WIFEXITED(status) ? WEXITSTATUS(status) : 0,
		       WIFSIGNALED(status) ? WTERMSIG(status) : 0, started_us, wall_us());
		fflush(stdout);
		if (rate > 0)
			sleep_until_next(&deadline, 1000000000L / rate);
	}
	return 0;
}
