/* threads CODE leader|worker: four threads come and go; the process ends with CODE, by the leader's
 * exit or by a worker's after the leader has left. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int code;

static void *linger(void *time_us)
{
	usleep((useconds_t)(long)time_us);
	return NULL;
}

static void *finish(void *unused)
{
	(void)unused;
	usleep(60000);
	exit(code);
}

int main(int argc, char **argv)
{
	pthread_t id;

	if (argc < 3)
		return 2;
	code = atoi(argv[1]);
	for (long i = 1; i <= 4; i++)
		pthread_create(&id, NULL, linger, (void *)(i * 5000));
	if (strcmp(argv[2], "worker") == 0) {
		pthread_create(&id, NULL, finish, NULL);
		pthread_exit(NULL);
	}
	usleep(60000);
	return code;
}
