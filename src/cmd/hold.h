#ifndef CMD_HOLD_H
#define CMD_HOLD_H

struct err;
struct lock;
struct options;
struct setup;

/*
 * Takes the archive for a command that writes: its folders are made, its lock
 * is taken (--wait), and the job of a journal that a kill left is finished.
 * lock_release() afterwards in every case.
 */
int hold_archive(struct lock *l, const struct setup *s, const struct options *o,
                 struct err *e);
/* The same for a command that works on what is there: a folder that is not
 * there is ERR_IO, and is not made. */
int hold_existing(struct lock *l, const struct setup *s,
                  const struct options *o, struct err *e);

#endif
