// SPDX-License-Identifier: MIT
/*
 * Runs one program the way a container runtime's shim does: as pid 1 of a pid namespace of its own, in the
 * container's cgroup before it is executed, the shim itself outside. Prints how the program ended.
 *
 *   container-shim CGROUP_PROCS PROGRAM [ARG...]
 *
 * Output: `exit CODE` or `signal NUMBER`. The program is killed when the shim dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "container-shim: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

/* The number of a process in the reader's own namespace says nothing here: 0 stands for the writer. */
static int join_cgroup(const char *procs)
{
	int fd = open(procs, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, "0", 1) != 1) {
		close(fd);
		return -1;
	}
	return close(fd);
}

int main(int argc, char **argv)
{
	pid_t child;
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: container-shim CGROUP_PROCS PROGRAM [ARG...]\n");
		return 2;
	}
	if (unshare(CLONE_NEWPID) != 0)
		return fail("a new pid namespace");
	child = fork();
	if (child < 0)
		return fail("fork");
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
			return fail("PR_SET_PDEATHSIG");
		if (join_cgroup(argv[1]) != 0)
			return fail(argv[1]);
		execv(argv[2], &argv[2]);
		return fail(argv[2]);
	}
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return fail("waitpid");
	}
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	return EXIT_SUCCESS;
}
