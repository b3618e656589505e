#ifndef NET_QUEUE_H
#define NET_QUEUE_H

#include <stdint.h>

struct http_request;

/*
 * Requests that are not in flight: one line for each budget, first come first
 * served, and those that wait to be tried again. Times in milliseconds of
 * clock_ms().
 */
struct queue {
    struct line *lines;
    struct item *waiting; /* by due time, earliest first */
    struct item *waiting_last;
};

#define QUEUE_INIT                                                             \
    {                                                                          \
        .lines = NULL                                                          \
    }

/* At the end of the line of its budget. */
void queue_add(struct queue *q, struct http_request *request);

/* Not before due_ms; then ahead of those that were not tried yet. */
void queue_later(struct queue *q, struct http_request *request, int64_t due_ms);

/* Removes and gives one whose time has come and whose budget is open at
 * now_ms, or NULL. */
struct http_request *queue_next(struct queue *q, int64_t now_ms);

/* Removes and gives one whose budget stays closed for more than may be waited
 * for, and for how long; or NULL. */
struct queue_patience {
    int64_t limit_ms;
    int64_t quota_ms; /* for a quota that the server told */
    int64_t kept_ms;  /* the same, of a budget that keeps a share of it */
};
struct http_request *queue_hopeless(struct queue *q, int64_t now_ms,
                                    const struct queue_patience *p,
                                    int64_t *wait_ms);

/* Removes and gives any, NULL if there is none. */
struct http_request *queue_any(struct queue *q);

/* Until queue_next() can have one: 0 = now, -1 = never, nothing is queued. */
int64_t queue_wait(const struct queue *q, int64_t now_ms);

void queue_free(struct queue *q);

#endif
