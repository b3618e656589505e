#include "sys/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

enum {
    BACKLOG = 16,
    FREE_PORT_TRIES = 20, /* a port that is free for IPv4 and for IPv6 */
};

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t size;
};

static struct address
address_v4(struct in_addr ip)
{
    return (struct address){
        .at.v4 = { .sin_family = AF_INET, .sin_addr = ip },
        .size = sizeof(struct sockaddr_in),
    };
}

static struct address
address_v6(void)
{
    return (struct address){
        .at.v6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback },
        .size = sizeof(struct sockaddr_in6),
    };
}

/* The addresses of a host; how many. */
static size_t
addresses(struct address *out, const char *host)
{
    struct in_addr ip = { .s_addr = htonl(INADDR_LOOPBACK) };

    if (strcasecmp(host, "localhost") == 0) {
        out[0] = address_v4(ip);
        out[1] = address_v6();
        return 2;
    }
    if (strcmp(host, "::1") == 0) {
        out[0] = address_v6();
        return 1;
    }
    if (inet_pton(AF_INET, host, &ip) != 1 || ntohl(ip.s_addr) >> 24 != 127)
        return 0;
    out[0] = address_v4(ip);
    return 1;
}

/* A socket, or -1 and errno. */
static int
listen_at(struct address *a, int port)
{
    int fd = socket(a->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    int saved;

    if (fd < 0)
        return -1;
    if (a->at.any.sa_family == AF_INET6)
        a->at.v6.sin6_port = htons((uint16_t)port);
    else
        a->at.v4.sin_port = htons((uint16_t)port);
    /* Connections of an earlier login that linger do not hold the port. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
        bind(fd, &a->at.any, a->size) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

static int
port_of(int fd)
{
    struct address a = { .size = sizeof(a.at) };

    if (getsockname(fd, &a.at.any, &a.size) < 0)
        return 0;
    return ntohs(a.at.any.sa_family == AF_INET6 ? a.at.v6.sin6_port
                                                : a.at.v4.sin_port);
}

/* This machine has no such address: the other one will do. */
static bool
is_absent(int number)
{
    return number == EAFNOSUPPORT || number == EADDRNOTAVAIL ||
           number == EPROTONOSUPPORT;
}

/* All addresses on one port. 0, or an errno. */
static int
open_all(struct loopback *l, struct address *a, size_t n, int port)
{
    int absent = 0;

    *l = (struct loopback){ .port = port };
    for (size_t i = 0; i < n; i++) {
        int fd = listen_at(&a[i], l->port);

        if (fd >= 0) {
            l->fd[l->n++] = fd;
            l->port = port_of(fd);
        } else if (is_absent(errno)) {
            absent = errno;
        } else {
            int saved = errno;

            loopback_close(l);
            return saved;
        }
    }
    return l->n > 0 ? 0 : absent;
}

int
loopback_open(struct loopback *l, const char *host, int port, struct err *e)
{
    struct address a[LOOPBACK_MAX];
    size_t n = addresses(a, host);
    int number = EADDRINUSE;

    *l = (struct loopback){ .port = port };
    if (n == 0)
        return err_set(e, ERR_USAGE, "%s is not this machine", host);
    for (int i = 0; number == EADDRINUSE && i < FREE_PORT_TRIES; i++) {
        number = open_all(l, a, n, port);
        if (port != 0)
            break;
    }
    if (number == 0)
        return 0;
    err_set(e, ERR_OTHER, "listen on %s port %d: %s", host, port,
            strerror(number));
    if (number == EADDRINUSE)
        err_hint(e, "end the program that uses the port, or choose another");
    else if (number == EACCES)
        err_hint(e, "choose a port from 1024 on");
    return -1;
}

void
loopback_close(struct loopback *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->fd[i] >= 0)
            (void)close(l->fd[i]); /* nothing is lost */
    l->n = 0;
}
