#include "net/ack.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/select.h>
#include <sys/socket.h>

void
ack_at_once(CURLM *multi)
{
    fd_set in, out, error;
    int last = -1, on = 1;

    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&error);
    (void)curl_multi_fdset(multi, &in, &out, &error, &last); /* else none */
    for (int fd = 0; fd <= last; fd++)
        if (FD_ISSET(fd, &in)) /* what is no TCP refuses it */
            (void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}
