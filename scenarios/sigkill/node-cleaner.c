// SPDX-License-Identifier: MIT
/*
 * Somebody's clean-up program on the node, gone wrong: it sends SIGKILL to a process that it takes
 * for a stray.
 *
 *   node-cleaner PID
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long pid = argc > 1 ? strtol(argv[1], NULL, 10) : 0;

	if (pid <= 1) {
		fprintf(stderr, "usage: node-cleaner PID\n");
		return 2;
	}
	if (kill((pid_t)pid, SIGKILL) != 0) {
		perror("node-cleaner");
		return 1;
	}
	return 0;
}
