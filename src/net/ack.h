#ifndef NET_ACK_H
#define NET_ACK_H

#include <curl/curl.h>

/*
 * Acknowledges at once what has arrived on the connections in use. For an
 * answer of which the head came alone: a server that writes head and body
 * apart, with Nagle's algorithm on, sends the body only when the head is
 * acknowledged, with which the kernel waits 40 ms if it is left to it (tcp(7),
 * TCP_QUICKACK). It does not last: to be called for each such answer.
 */
void ack_at_once(CURLM *multi);

#endif
