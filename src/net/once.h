#ifndef NET_ONCE_H
#define NET_ONCE_H

struct err;
struct http_reply;
struct http_request;
struct net_options;

/*
 * Sends one request and waits for its answer: for logins, where nothing else
 * is to be done meanwhile. done and user of the request are not used. reply
 * is as in transfer.h, its body is the caller's (buf_wipe() it). Returns 0 if
 * there is a reply, also one with an error; -1 if the machine fails us.
 */
int once(struct http_reply *reply, struct http_request *request,
         const struct net_options *o, struct err *e);

#endif
