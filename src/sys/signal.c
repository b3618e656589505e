#include "sys/signal.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stop_signal;

static void
on_stop(int number)
{
    stop_signal = number;
}

static void
handle(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };

    /* Without SA_RESTART: a wait has to end when the signal comes. Fails
     * only for numbers that do not exist. */
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

void
signal_setup(void)
{
    handle(SIGINT, on_stop);
    handle(SIGTERM, on_stop);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN);
}

int
signal_stop(void)
{
    return (int)stop_signal;
}
