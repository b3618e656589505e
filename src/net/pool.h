#ifndef NET_POOL_H
#define NET_POOL_H

#include <stddef.h>

struct easy;
struct err;
struct net_options;

/* Every easy handle of a loop: idle ones to use again, and finished ones
 * whose reply is to be handed out. */
struct pool {
    struct easy **all;
    size_t n;
    struct easy *idle;
    struct easy *finished;
    struct easy *finished_last;
};

#define POOL_INIT                                                              \
    {                                                                          \
        .all = NULL                                                            \
    }

/* An idle handle, made if there is none; or NULL and *e. */
struct easy *pool_take(struct pool *p, const struct net_options *o,
                       struct err *e);
void pool_put(struct pool *p, struct easy *x); /* resets it */

/* Finished ones come out in the order in which they went in; NULL at last. */
void pool_finish(struct pool *p, struct easy *x);
struct easy *pool_finished(struct pool *p);

void pool_free(struct pool *p);

#endif
