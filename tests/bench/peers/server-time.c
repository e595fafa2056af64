/* SPDX-License-Identifier: MIT */

/* The least that the job takes: libc, and nothing that could go wrong. */

#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

int
main(void)
{
	struct timeval now;

	printf("Content-Type: text/event-stream\r\n\r\n");
	for (;;) {
		gettimeofday(&now, NULL);
		printf("event: server-time\ndata: %lld.%06ld\n\n",
		    (long long)now.tv_sec, (long)now.tv_usec);
		if (fflush(stdout))
			return 1;
		sleep(3);
	}
}
