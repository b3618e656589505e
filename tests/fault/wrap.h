#ifndef TESTS_FAULT_WRAP_H
#define TESTS_FAULT_WRAP_H

#include <stdbool.h>

/*
 * The product's own objects are linked with --wrap, so that their calls of
 * the system and of malloc come by here. They are counted, and the one that
 * was picked fails in the way that was picked. Calls count only between
 * fault_arm() and the end of the process.
 */

enum fault_call {
    CALL_NONE,
    CALL_WRITE,
    CALL_READ,
    CALL_SYNC,
    CALL_RENAME,
    CALL_TRUNCATE,
    CALL_UNLINK,
    CALL_OPEN,
    CALL_CREATE, /* open() with O_CREAT */
    CALL_MKDIR,
    CALL_LOCK, /* fcntl() */
    CALL_ALLOC,
};

enum fault_how {
    HOW_NONE,
    HOW_KILL_BEFORE,
    HOW_KILL_AFTER, /* for a rename: nothing was synced after it */
    HOW_TORN,       /* half of the bytes are written, then the kill */
    HOW_SHORT,      /* half of the bytes; then all is well */
    HOW_EINTR,      /* once */
    HOW_ENOSPC,     /* once */
    HOW_EIO,        /* once */
    HOW_EDQUOT,     /* once */
    HOW_FULL,       /* no space from here on */
    HOW_GONE,       /* every call fails from here on */
    HOW_READ_ONLY,  /* from here on, as after a file system's own error */
    HOW_NOMEM,      /* no memory, once */
    HOW_N
};

/* The words of FAULT_HOW. */
const char *fault_how_word(enum fault_how how);
/* HOW_NONE if there is no such word; "rename-unsynced" is kill-after. */
enum fault_how fault_how_of(const char *word);
const char *fault_call_word(enum fault_call call);
/* True if that call can fail in that way. */
bool fault_applies(enum fault_how how, enum fault_call call);
/* What the process has to do then: the kill, or all is well. */
bool fault_kills(enum fault_how how);
bool fault_is_harmless(enum fault_how how);

enum { FAULT_CALLS_MAX = 1 << 18 };

/* Shared between the driver and the process it watches. */
struct fault_shared {
    long n; /* calls so far, the first is 1 */
    long marks;
    bool was_hit;
    unsigned char call[FAULT_CALLS_MAX + 1];       /* enum fault_call */
    unsigned char is_journal[FAULT_CALLS_MAX + 1]; /* it got its name */
};

struct fault_plan {
    long at; /* 0: only count */
    enum fault_how how;
    long stop_at_mark;  /* exit there; 0: never */
    const char *log;    /* order of what was done, added to; or NULL */
    const char *root;   /* for shadow */
    const char *shadow; /* folder of tests/fault/disk.h; or NULL */
};

extern struct fault_shared *fault_shared;

void fault_arm(const struct fault_plan *plan);
/* From here on calls go through. */
void fault_disarm(void);
/* Something was promised: a commit returned. */
void fault_mark(void);

#endif
