#include "net/pool.h"

#include <stdlib.h>

#include "base/mem.h"
#include "net/easy.h"

struct easy *
pool_take(struct pool *p, const struct net_options *o, struct err *e)
{
    struct easy *x = p->idle;

    if (x) {
        p->idle = x->next;
        return x;
    }
    if (easy_open(&x, o, e) < 0)
        return NULL;
    p->all = mem_resize(p->all, p->n + 1, sizeof(struct easy *));
    p->all[p->n++] = x;
    return x;
}

void
pool_put(struct pool *p, struct easy *x)
{
    easy_reset(x);
    x->next = p->idle;
    p->idle = x;
}

void
pool_finish(struct pool *p, struct easy *x)
{
    x->next = NULL;
    if (p->finished)
        p->finished_last->next = x;
    else
        p->finished = x;
    p->finished_last = x;
}

struct easy *
pool_finished(struct pool *p)
{
    struct easy *x = p->finished;

    if (x)
        p->finished = x->next;
    return x;
}

void
pool_free(struct pool *p)
{
    for (size_t i = 0; i < p->n; i++)
        easy_close(p->all[i]);
    free(p->all);
    *p = (struct pool)POOL_INIT;
}
