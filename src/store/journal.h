#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct journal;
struct newfile;

#define JOURNAL_MAGIC "wearchive journal 2\n"

/*
 * A redo journal (DESIGN 2.3): the new tails of one or more files, and new
 * versions of others that wait beside them (store/newfile), written and synced
 * before the files themselves are touched. A kill at any moment leaves the old
 * files, or a journal from which the next run finishes the job; replaying it
 * again changes nothing.
 *
 * One file, DIR/journal (journal.new until it is whole): for each of the others
 * a line "file OFFSET BEFORE SIZE LAST PATH" (PATH relative to the archive;
 * BEFORE a hash of the bytes right before OFFSET, which the job does not
 * change; SIZE of the file as it is, and LAST a hash of its last bytes) and its
 * new tail in pieces, a line "data N" and N bytes each; a line "new SIZE HASH
 * SIZE LAST PATH" (HASH of the last bytes) for PATH.new, which gets the name
 * PATH; at the end "end HASH" of all that is before it.
 */

/* dir: .wearchive of the archive; root: the archive. Borrowed until
 * journal_close(). */
int journal_open(struct journal **j, const char *dir, const char *root,
                 struct err *e);
/*
 * From offset on the file at path (open as fd) gets a new tail, which the
 * caller adds to the buffer and hands over with journal_put(). The bytes
 * before offset stay.
 */
int journal_file(struct journal *j, const char *path, int fd, int64_t offset,
                 struct err *e);
/* The finished new version gets its name with the rest. It is durable; while
 * the journal counts, it must not be removed. */
int journal_new(struct journal *j, const char *path, struct newfile *file,
                struct err *e);
struct buf *journal_buf(struct journal *j);
/* Writes out what was added to the buffer once it is large. */
int journal_put(struct journal *j, struct err *e);
/* Makes the journal durable, then the files what it says, then removes it.
 * A failure before the journal is durable leaves the files as they were. */
int journal_commit(struct journal *j, struct err *e);
/* True once a failure leaves the job to the next run. */
bool journal_counts(const struct journal *j);
/* In every case; a journal that was not committed is removed. NULL is
 * allowed. */
void journal_close(struct journal *j);

/* For those who read it. DIR/journal, with a suffix; free() it. */
char *journal_path(const char *dir, const char *suffix);
/* The hash of the bytes right before an offset of a file. */
int journal_hash_before(uint64_t *hash, int fd, const char *path,
                        int64_t offset, struct err *e);

#endif
