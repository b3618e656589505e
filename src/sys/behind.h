#ifndef SYS_BEHIND_H
#define SYS_BEHIND_H

#include <stdint.h>

struct buf;
struct err;

/*
 * Writing behind: what is to be added to a file is handed over, and another
 * thread writes it while the caller goes on. One buffer is under way at most.
 * Where there is no second processor the caller writes it itself.
 *
 * A failure is told by the next call, whatever that is; nothing is written
 * after it. Until behind_wait() returned, nobody else may use the file.
 */
struct behind;

/* Bytes go to where fd stands, or to its end with O_APPEND. at: its size, for
 * a file whose bytes are to be on the disk soon, see fs_begin_sync(); or -1.
 * Neither fd nor path, for messages, become ours. */
struct behind *behind_new(int fd, const char *path, int64_t at);
/* Takes what is in out and leaves it empty, mostly with other memory. */
int behind_write(struct behind *b, struct buf *out, struct err *e);
/* When it returns 0, everything is written: not durable, but the kernel's. */
int behind_wait(struct behind *b, struct err *e);
/* Its memory, which is idle after behind_wait(), for an out that has none. */
void behind_lend(struct behind *b, struct buf *out);
/* Waits, too; NULL is none. */
void behind_free(struct behind *b);

#endif
