#ifndef AUTH_LISTEN_H
#define AUTH_LISTEN_H

struct callback;
struct err;

/*
 * Waits for the browser to come back (RFC 8252, 7.3): a web server for one
 * visit, that only this machine can reach. It answers one path, GET (and HEAD
 * with 200: providers look whether the address is there), takes 32 KiB of
 * request at most, and gives back nothing of what it was given.
 */
struct listener;

/*
 * Listens where the redirect URI points: http://HOST[:PORT]/PATH, the host as
 * in loopback_open(). A URI of a public redirector that has such an address
 * behind it (https://example.org/http://localhost:8080/back) will do, too.
 * port, if not negative, replaces the URI's; 0 is a free one.
 * The socket is open when this returns: what comes is kept until
 * listen_wait(). Returns 0, or -1 and *l is NULL: ERR_USAGE, with a hint, if
 * the URI cannot be listened to; ERR_OTHER if the port is taken.
 */
int listen_open(struct listener **l, const char *redirect_uri, int port,
                struct err *e);

/* The redirect URI with the port that it really is; as given, to the byte, if
 * that is the URI's own. Until listen_close(). */
const char *listen_uri(const struct listener *l);

/*
 * Waits for the callback that carries the state; others are told 400 and do
 * not count. *out is fresh (callback_free() it in every case) and has the
 * code, or the error of a login that was refused. The page is delivered when
 * this returns.
 * Returns 0, or -1: ERR_STOP, ERR_AUTH when it took longer than timeout_s.
 */
int listen_wait(struct callback *out, struct listener *l, const char *state,
                int timeout_s, struct err *e);

void listen_close(struct listener *l); /* NULL does nothing */

#endif
