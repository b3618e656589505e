#include "net/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/budget.h"
#include "net/transfer.h"

struct item {
    struct item *next;
    struct item *before; /* among the waiting only */
    struct http_request *request;
    int64_t due_ms;
};

struct fifo {
    struct item *first;
    struct item *last;
};

/* Requests that share a budget; as many lines as there are sources. */
struct line {
    struct line *next;
    struct budget *budget;
    struct fifo again; /* whose wait is over */
    struct fifo fresh;
};

static void
fifo_put(struct fifo *f, struct item *item)
{
    item->next = NULL;
    if (f->last)
        f->last->next = item;
    else
        f->first = item;
    f->last = item;
}

static struct item *
fifo_take(struct fifo *f)
{
    struct item *item = f->first;

    if (!item)
        return NULL;
    f->first = item->next;
    if (!f->first)
        f->last = NULL;
    return item;
}

static struct line *
line_of(struct queue *q, struct budget *budget)
{
    struct line *line = q->lines;

    while (line && line->budget != budget)
        line = line->next;
    if (!line) {
        line = mem_zalloc(sizeof(*line));
        line->budget = budget;
        line->next = q->lines;
        q->lines = line;
    }
    return line;
}

static struct http_request *
line_take(struct line *line)
{
    struct item *item = fifo_take(&line->again);
    struct http_request *request;

    if (!item)
        item = fifo_take(&line->fresh);
    if (!item)
        return NULL;
    request = item->request;
    free(item);
    return request;
}

static int64_t
line_wait(const struct line *line, int64_t now_ms)
{
    return line->budget ? budget_wait(line->budget, now_ms) : 0;
}

static struct item *
item_new(struct http_request *request)
{
    struct item *item = mem_zalloc(sizeof(*item));

    item->request = request;
    return item;
}

void
queue_add(struct queue *q, struct http_request *request)
{
    fifo_put(&line_of(q, request->budget)->fresh, item_new(request));
}

void
queue_later(struct queue *q, struct http_request *request, int64_t due_ms)
{
    struct item *item = item_new(request);
    struct item *before = q->waiting_last;

    item->due_ms = due_ms;
    /* From the end: most waits end later than those that began earlier. */
    while (before && before->due_ms > due_ms)
        before = before->before;
    item->before = before;
    item->next = before ? before->next : q->waiting;
    if (before)
        before->next = item;
    else
        q->waiting = item;
    if (item->next)
        item->next->before = item;
    else
        q->waiting_last = item;
}

static struct item *
take_waiting(struct queue *q)
{
    struct item *item = q->waiting;

    if (!item)
        return NULL;
    q->waiting = item->next;
    if (q->waiting)
        q->waiting->before = NULL;
    else
        q->waiting_last = NULL;
    return item;
}

/* Those whose wait is over go to their lines. */
static void
wake(struct queue *q, int64_t now_ms)
{
    while (q->waiting && q->waiting->due_ms <= now_ms) {
        struct item *item = take_waiting(q);

        fifo_put(&line_of(q, item->request->budget)->again, item);
    }
}

struct http_request *
queue_next(struct queue *q, int64_t now_ms)
{
    wake(q, now_ms);
    for (struct line *line = q->lines; line; line = line->next) {
        struct http_request *request;

        if (line_wait(line, now_ms) > 0)
            continue;
        request = line_take(line);
        if (request)
            return request;
    }
    return NULL;
}

static bool
is_hopeless(const struct line *line, const struct queue_patience *p,
            int64_t now_ms)
{
    const struct budget *b = line->budget;
    int64_t quota_ms = b && b->kept_percent > 0 ? p->kept_ms : p->quota_ms;

    return b && (budget_wait(b, now_ms) > p->limit_ms ||
                 budget_quota_wait(b, now_ms) > quota_ms);
}

struct http_request *
queue_hopeless(struct queue *q, int64_t now_ms, const struct queue_patience *p,
               int64_t *wait_ms)
{
    wake(q, now_ms);
    for (struct line *line = q->lines; line; line = line->next) {
        struct http_request *request;

        if (!is_hopeless(line, p, now_ms))
            continue;
        *wait_ms = line_wait(line, now_ms);
        request = line_take(line);
        if (request)
            return request;
    }
    return NULL;
}

struct http_request *
queue_any(struct queue *q)
{
    struct item *item = take_waiting(q);
    struct http_request *request = NULL;

    if (item) {
        request = item->request;
        free(item);
    }
    for (struct line *line = q->lines; line && !request; line = line->next)
        request = line_take(line);
    return request;
}

int64_t
queue_wait(const struct queue *q, int64_t now_ms)
{
    int64_t least = -1;

    if (q->waiting)
        least = q->waiting->due_ms > now_ms ? q->waiting->due_ms - now_ms : 0;
    for (const struct line *line = q->lines; line; line = line->next) {
        int64_t wait = line_wait(line, now_ms);

        if (!line->again.first && !line->fresh.first)
            continue;
        if (least < 0 || wait < least)
            least = wait;
    }
    return least;
}

void
queue_free(struct queue *q)
{
    while (queue_any(q))
        ; /* requests belong to the caller */
    while (q->lines) {
        struct line *line = q->lines;

        q->lines = line->next;
        free(line);
    }
    *q = (struct queue)QUEUE_INIT;
}
