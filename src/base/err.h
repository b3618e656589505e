#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * One error travels from the place that fails to the command that prints it.
 * A function that fails fills *e and returns -1; it never prints.
 */

/* What a caller may do about it; cmd/exit.c turns it into the exit code. */
enum err_kind {
    ERR_NONE = 0,
    ERR_OTHER, /* nothing more exact is known */
    ERR_USAGE, /* command line or config */
    ERR_DATA,  /* an answer or file that is not what it should be */
    ERR_CUT,   /* an answer that ends early: worth asking again */
    ERR_AUTH,  /* a login is missing or refused: a person is needed */
    ERR_SCOPE, /* the login lacks a permission for one category */
    ERR_NET,   /* network or server trouble: run again later */
    ERR_RATE,  /* a rate limit or our own budget: run again later */
    ERR_IO,    /* disk or file system */
    ERR_FILE,  /* one file of the archive is damaged; others may be fine */
    ERR_LOCK,  /* another run holds the archive */
    ERR_STOP,  /* SIGINT or SIGTERM */
};

struct err {
    enum err_kind kind;
    char text[1000]; /* one line, no secret, no newline at the end */
    char hint[1000]; /* what to do about it; empty if nothing helps */
};

#define ERR_INIT                                                               \
    {                                                                          \
        .kind = ERR_NONE                                                       \
    }

/* Each returns -1, so that "return err_set(...)" is one statement. Control
 * characters in the text become '?': one failure is one line. */

/* Sets kind and text; drops the hint. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Like err_set() with ERR_IO, and ": " + strerror(errno) at the end; keeps
 * errno. */
int err_sys(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts what the caller knows, + ": ", in front of the text. */
int err_in(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds the hint line. */
int err_hint(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
