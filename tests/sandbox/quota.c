#include "quota.h"

#include "base/num.h"
#include "base/text.h"

bool
quota_take(struct quota *q, int64_t now)
{
    if (now / q->window_s != q->window) {
        q->window = now / q->window_s;
        q->used = 0;
    }
    return ++q->used <= q->limit;
}

int64_t
quota_reset(const struct quota *q, int64_t now)
{
    return (now / q->window_s + 1) * q->window_s - now;
}

int
quota_limits(struct quota *q, int n, const char *text)
{
    struct list words = LIST_INIT;
    int rc = 0;

    list_split(&words, text);
    if (words.n != (size_t)n)
        rc = -1;
    for (int i = 0; i < n && rc == 0; i++)
        rc = num_str(&q[i].limit, words.item[i]);
    list_free(&words);
    return rc;
}
