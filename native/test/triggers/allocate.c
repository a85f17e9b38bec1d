/* allocate MIB: waits for a line on stdin, touches that much memory page by page, then waits to be
 * killed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t mib = argc > 1 ? (size_t)atol(argv[1]) : 0;
	char line[16];

	if (!fgets(line, sizeof(line), stdin))
		return 2;
	for (size_t i = 0; i < mib; i++) {
		char *block = malloc(1 << 20);

		if (!block)
			return 3;
		memset(block, (int)i + 1, 1 << 20);
	}
	puts("done");
	fflush(stdout);
	pause();
	return 0;
}
