#include "store/unique.h"

#include "base/text.h"
#include "store/key.h"
#include "store/layout.h"

void
unique_start(struct unique *u, const struct layout *l)
{
    *u = (struct unique){ .how = UNIQUE_BY_PILE };
    if (!l->spec->unique && l->time_at >= 0 && l->time_at == l->id_at[0])
        u->how = UNIQUE_BY_TIME;
}

static void
suspect(struct unique *u, uint64_t hash)
{
    u->repeated++;
    if (u->suspects.n < UNIQUE_SUSPECTS_MAX)
        (void)keyset_add(&u->suspects, hash);
}

static void
add_hash(struct unique *u, uint64_t hash)
{
    if (u->how == UNIQUE_BY_PILE)
        keypile_add(&u->pile, hash);
    else if (!keyset_add(&u->seen, hash))
        suspect(u, hash);
}

/* No row before has a key as high as this one. */
static bool
is_rising(struct unique *u, const char *key, size_t n)
{
    if (text_order(key, n, u->highest.p, u->highest.n) <= 0)
        return false;
    if (u->highest.n == 0)
        buf_add(&u->first, key, n);
    u->highest.n = 0;
    buf_add(&u->highest, key, n);
    return true;
}

void
unique_add(struct unique *u, const struct key *k, const char *texts)
{
    if (u->how == UNIQUE_BY_TIME) {
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
    if (u->how != UNIQUE_BY_TIME)
        add_hash(u, key_hash(p, n));
    else if (!is_rising(u, p, n))
        suspect(u, key_hash(p, n));
}

bool
unique_gives_up(const struct unique *u)
{
    return u->how == UNIQUE_BY_TIME && u->suspects.n == UNIQUE_SUSPECTS_MAX;
}

/* Whatever was found does not count. */
static void
start_over(struct unique *u, enum unique_how how)
{
    keyset_free(&u->suspects);
    unique_free(u);
    *u = (struct unique){ .how = how };
}

void
unique_reset(struct unique *u)
{
    start_over(u, u->how);
}

bool
unique_start_part(struct unique *part, const struct unique *u)
{
    *part = (struct unique){ .how = u->how };
    return u->how != UNIQUE_ONE_BY_ONE;
}

/* The rows of the part rise from where those before it ended. */
static bool
goes_on(struct unique *u, const struct unique *part)
{
    return part->first.n == 0 || is_rising(u, part->first.p, part->first.n);
}

bool
unique_join(struct unique *u, struct unique *part)
{
    bool fits = u->suspects.n + part->suspects.n < UNIQUE_SUSPECTS_MAX &&
                (u->how == UNIQUE_BY_PILE || goes_on(u, part));

    if (fits) {
        keypile_join(&u->pile, &part->pile);
        keyset_join(&u->suspects, &part->suspects);
        u->repeated += part->repeated;
    }
    start_over(part, part->how);
    return fits;
}

bool
unique_end(struct unique *u)
{
    if (unique_gives_up(u)) {
        start_over(u, UNIQUE_BY_PILE);
        return true;
    }
    if (u->how != UNIQUE_BY_PILE)
        return false;
    u->repeated =
        keypile_again(&u->suspects, UNIQUE_SUSPECTS_MAX + 1, &u->pile);
    if (u->suspects.n <= UNIQUE_SUSPECTS_MAX)
        return false;
    start_over(u, UNIQUE_ONE_BY_ONE); /* a pile knows no order */
    return true;
}

void
unique_free(struct unique *u)
{
    keypile_free(&u->pile);
    keyset_free(&u->seen);
    buf_free(&u->first);
    buf_free(&u->highest);
}
