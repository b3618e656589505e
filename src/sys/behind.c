#include "sys/behind.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "sys/beside.h"
#include "sys/fs.h"

struct behind {
    int fd;
    const char *path;
    struct beside *beside; /* NULL: not started, or there is none */
    pthread_mutex_t lock;
    pthread_cond_t news;
    /* Under the lock, or the thread's as long as it is busy. */
    bool is_busy;
    bool is_over;
    int rc;
    struct err e;
    struct buf b;
    int64_t at;
};

/* The calls on locks that are in order cannot fail. */

struct behind *
behind_new(int fd, const char *path, int64_t at)
{
    struct behind *b = mem_zalloc(sizeof(*b));

    b->fd = fd;
    b->path = path;
    b->at = at;
    (void)pthread_mutex_init(&b->lock, NULL);
    (void)pthread_cond_init(&b->news, NULL);
    return b;
}

static void
write_out(struct behind *b)
{
    b->rc = fs_write(b->fd, b->path, b->b.p, b->b.n, &b->e);
    if (b->rc == 0 && b->at >= 0) {
        fs_begin_sync(b->fd, b->at, b->b.n);
        b->at += (int64_t)b->b.n;
    }
    buf_clear(&b->b);
}

static void
serve(void *arg)
{
    struct behind *b = arg;

    (void)pthread_mutex_lock(&b->lock);
    for (;;) {
        while (!b->is_busy && !b->is_over)
            (void)pthread_cond_wait(&b->news, &b->lock);
        if (!b->is_busy)
            break;
        (void)pthread_mutex_unlock(&b->lock);
        write_out(b);
        (void)pthread_mutex_lock(&b->lock);
        b->is_busy = false;
        (void)pthread_cond_signal(&b->news);
    }
    (void)pthread_mutex_unlock(&b->lock);
}

int
behind_wait(struct behind *b, struct err *e)
{
    (void)pthread_mutex_lock(&b->lock);
    while (b->is_busy)
        (void)pthread_cond_wait(&b->news, &b->lock);
    (void)pthread_mutex_unlock(&b->lock);
    if (b->rc < 0)
        *e = b->e;
    return b->rc;
}

int
behind_write(struct behind *b, struct buf *out, struct err *e)
{
    struct buf empty;

    if (behind_wait(b, e) < 0)
        return -1;
    empty = b->b;
    b->b = *out;
    *out = empty;
    if (!b->beside)
        b->beside = beside_start(serve, b);
    if (!b->beside) {
        write_out(b);
        return behind_wait(b, e);
    }
    (void)pthread_mutex_lock(&b->lock);
    b->is_busy = true;
    (void)pthread_cond_signal(&b->news);
    (void)pthread_mutex_unlock(&b->lock);
    return 0;
}

void
behind_lend(struct behind *b, struct buf *out)
{
    *out = b->b;
    b->b = (struct buf)BUF_INIT;
}

void
behind_free(struct behind *b)
{
    if (!b)
        return;
    if (b->beside) {
        (void)pthread_mutex_lock(&b->lock);
        b->is_over = true;
        (void)pthread_cond_signal(&b->news);
        (void)pthread_mutex_unlock(&b->lock);
        beside_end(b->beside);
    }
    (void)pthread_cond_destroy(&b->news);
    (void)pthread_mutex_destroy(&b->lock);
    buf_free(&b->b);
    free(b);
}
