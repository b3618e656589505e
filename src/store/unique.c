#include "store/unique.h"

#include <string.h>

#include "store/key.h"
#include "store/layout.h"

void
unique_start(struct unique *u, const struct layout *l)
{
    *u = (struct unique){ .suspects = KEYSET_INIT, .seen = KEYSET_INIT };
    u->is_by_time =
        !l->spec->unique && l->time_at >= 0 && l->time_at == l->id_at[0];
}

static void
suspect(struct unique *u, uint64_t hash)
{
    u->repeated++;
    if (u->suspects.n < UNIQUE_SUSPECTS_MAX)
        (void)keyset_add(&u->suspects, hash);
}

static void
add_late(struct unique *u)
{
    for (size_t i = 0; i < u->late_n; i++)
        if (!keyset_add(&u->seen, u->late[i]))
            suspect(u, u->late[i]);
    u->late_n = 0;
}

/* The set is larger than the processor's caches. */
static void
add_hash(struct unique *u, uint64_t hash)
{
    keyset_expect(&u->seen, hash);
    u->late[u->late_n++] = hash;
    if (u->late_n == UNIQUE_LATE)
        add_late(u);
}

/* No row before has a key as high as this one. */
static bool
is_rising(struct unique *u, const char *key, size_t n)
{
    size_t m = u->highest.n < n ? u->highest.n : n;
    int order = m > 0 ? memcmp(key, u->highest.p, m) : 0;

    if (order < 0 || (order == 0 && n <= u->highest.n))
        return false;
    buf_clear(&u->highest);
    buf_add(&u->highest, key, n);
    return true;
}

void
unique_add(struct unique *u, const struct key *k, const char *texts)
{
    if (u->is_by_time) {
        if (!is_rising(u, texts + k->at, k->n))
            suspect(u, k->hash);
        return;
    }
    add_hash(u, k->hash);
    if (k->unique_hash)
        add_hash(u, k->unique_hash);
}

void
unique_add_text(struct unique *u, const char *p, size_t n)
{
    if (!u->is_by_time)
        add_hash(u, key_hash(p, n));
    else if (!is_rising(u, p, n))
        suspect(u, key_hash(p, n));
}

bool
unique_end(struct unique *u)
{
    add_late(u);
    if (!u->is_by_time || u->suspects.n < UNIQUE_SUSPECTS_MAX)
        return false;
    keyset_free(&u->suspects);
    u->repeated = 0;
    u->is_by_time = false;
    return true;
}

void
unique_free(struct unique *u)
{
    keyset_free(&u->seen);
    buf_free(&u->highest);
}
