#ifndef SYS_LOOPBACK_H
#define SYS_LOOPBACK_H

#include <stddef.h>

struct err;

enum { LOOPBACK_MAX = 2 };

/* Sockets that only programs on this machine can connect to. */
struct loopback {
    int fd[LOOPBACK_MAX]; /* listening, closed on exec */
    size_t n;
    int port; /* the same for all */
};

/*
 * Listens on a TCP port of the host: localhost (127.0.0.1 and ::1, or the one
 * that there is), an address in 127.0.0.0/8, or ::1; of [::1] the brackets are
 * not part of it. Port 0 takes a free one.
 * Returns 0, or -1 with nothing open: ERR_USAGE for another host, ERR_OTHER
 * with a hint if the port is taken or not for us.
 */
int loopback_open(struct loopback *l, const char *host, int port,
                  struct err *e);
/* But for those that somebody took over and set to -1. */
void loopback_close(struct loopback *l);

#endif
