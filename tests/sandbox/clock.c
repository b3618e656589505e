/*
 * The clock of test programs: time moves only when somebody sleeps, and
 * sleeping takes no time. So the waits of a run are the same every time and
 * can be compared.
 *
 * WEARCHIVE_NOW     clock_now() at the start, seconds since 1970
 * WEARCHIVE_WAITS   file that gets a line with the milliseconds of each wait
 * WEARCHIVE_STOP_AT number of the wait (from 1) in which SIGTERM arrives
 */
#include "sys/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

static int64_t start_s, slept_ms, waits;

/* A number from the environment, -1 if there is none. */
static int64_t
from_env(const char *name)
{
    const char *text = getenv(name);
    int64_t value = -1;

    if (text && num_str(&value, text) < 0) {
        (void)fprintf(stderr, "test clock: %s is not a number\n", name);
        abort();
    }
    return value;
}

int64_t
clock_now(void)
{
    if (start_s == 0) {
        int64_t told = from_env("WEARCHIVE_NOW");

        start_s = told >= 0 ? told : (int64_t)time(NULL);
    }
    return start_s + slept_ms / 1000;
}

int64_t
clock_ms(void)
{
    return 1000000 + slept_ms;
}

static void
note(int64_t ms)
{
    const char *path = getenv("WEARCHIVE_WAITS");
    char line[32];
    int n = snprintf(line, sizeof(line), "%" PRId64 "\n", ms);
    int fd;

    if (!path)
        return;
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)n) != n || close(fd) < 0) {
        perror(path);
        abort();
    }
}

void
clock_sleep_ms(int64_t ms)
{
    if (ms <= 0)
        return;
    (void)clock_now(); /* the start is before the first wait */
    note(ms);
    if (++waits == from_env("WEARCHIVE_STOP_AT"))
        (void)raise(SIGTERM); /* and the wait ends at once */
    else
        slept_ms += ms;
}

int64_t
clock_random(int64_t n)
{
    (void)n;
    return 0;
}
