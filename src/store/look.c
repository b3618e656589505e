#include "store/look.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/tm.h"
#include "data/json.h"
#include "data/keyset.h"
#include "store/batch.h"
#include "store/known.h"
#include "store/layout.h"
#include "store/owners.h"
#include "store/probe.h"
#include "store/rows.h"
#include "store/times.h"

bool
look_is_whole(const struct layout *l, const struct line *line)
{
    const char *p = line->p, *end = line->p + line->n;
    struct err not_json = ERR_INIT;
    size_t cells = 0;

    if (line->full != line->n) /* a CR that lost its LF */
        return false;
    if (l->spec->format != TABLE_CSV)
        return json_check(line->p, line->n, &not_json) == 0;
    while (p) {
        struct csv_slice cell = csv_take(&p, end, &l->dialect);

        if (cell.quoted && !csv_is_sound(&cell))
            return false;
        cells++;
    }
    return cells == l->file_n;
}

static void
note_latest(struct seen *s, const char *time, size_t time_n)
{
    if (text_order(time, time_n, s->latest.p, s->latest.n) <= 0)
        return;
    buf_clear(&s->latest);
    buf_add(&s->latest, time, time_n);
}

void
seen_join(struct seen *s, const struct seen *next)
{
    s->rows += next->rows;
    s->end = next->end;
    s->torn_at = next->torn_at;
    s->lacks_end = next->lacks_end;
    s->unended_at = next->unended_at;
    note_latest(s, next->latest.p, next->latest.n);
}

/* What tells of a row by a few of its bytes that it is none of the batch. */
struct glance {
    size_t key_n;   /* rows start with their key, and all keys of the batch have
                       that length; 0: this is not so */
    char old[11];   /* rows start with their time, and those of days before this
                       one are earlier than all of the batch; or "" */
    char older[11]; /* later than the time of any of them */
    bool has_old;   /* there were such rows */
    bool is_time;   /* rows start with their time, and the filter goes by it */
};

static bool
starts_with_key(const struct probe_in *in)
{
    const struct layout *l = in->layout;

    return l->spec->format == TABLE_CSV && l->id_at[0] == 0 &&
           l->unique_at < 0 && !in->all && !in->owners;
}

/* The text of a time differs from that of its instant by a day at most. */
static void
glance_at_days(struct glance *g, const struct batch *b)
{
    struct time_range range = TIME_RANGE_INIT;
    char first[11];
    int64_t day;

    for (size_t i = 0; i < b->n; i++)
        times_widen(&range, times_of(b, &b->entry[i]));
    if (range.earliest.n < sizeof(first) - 1)
        return;
    memcpy(first, range.earliest.p, sizeof(first) - 1);
    first[sizeof(first) - 1] = '\0';
    if (tm_parse_day(&day, first) < 0)
        return;
    tm_day(g->old, day - (int64_t)2 * DAY);
    tm_day(g->older, day - DAY);
    if (strcmp(g->old, first) >= 0) /* before the year 0 */
        *g->old = '\0';
}

static struct glance
glance_of(const struct probe_in *in)
{
    const struct layout *l = in->layout;
    struct glance g = { .key_n = 0 };

    if (!starts_with_key(in))
        return g;
    g.is_time = l->spec->instant_id && l->time_at == 0 &&
                in->batch->glance_n == KEY_SECONDS_N;
    if (l->spec->instant_id && l->time_at == 0)
        glance_at_days(&g, in->batch);
    else if (l->ids_n == 1 && !l->spec->instant_id && l->time_at != 0)
        g.key_n = in->batch->key_n;
    return g;
}

/* True if the row at p, of n bytes with a CR maybe, starts with another key;
 * false: it has to be looked at. */
static inline bool
is_other(const struct probe_in *in, const char *p, size_t n, size_t key_n)
{
    if (n <= key_n + 1 || *p == '"' || *p == '\'' ||
        *p == *in->layout->spec->ids[0]) /* it may be the header again */
        return false;
    return p[key_n] != in->layout->dialect.delimiter ||
           !batch_may_have(in->batch, p, key_n);
}

/*
 * True if the row starts with a day that is too early. If its time is shorter
 * than that, it comes before the batch all the same: what is no instant is
 * compared as text.
 */
static inline bool
is_old(const char *p, size_t n, const char *old)
{
    return n > 10 && *p >= '0' && *p <= '9' && memcmp(p, old, 10) < 0;
}

/* True if the row starts with a time in UTC that no key of the batch has. */
static inline bool
is_other_time(const struct probe_in *in, const char *p, size_t n)
{
    const char *stop = NULL;

    if (*p >= '0' && *p <= '9')
        stop = memchr(p, in->layout->dialect.delimiter, n);
    return stop && key_is_utc(p, (size_t)(stop - p)) &&
           !batch_may_have(in->batch, p, KEY_SECONDS_N);
}

/* Goes on from row next at p[at] while rows have other times; keeps the latest
 * one. */
static size_t
pass_times(size_t *at, struct seen *s, const struct rows *r,
           const struct probe_in *in, size_t next)
{
    const char *latest = NULL;

    for (; next < r->ends_n; *at = r->ends[next++] + 1) {
        const char *row = r->p + *at;

        if (!is_other_time(in, row, r->ends[next] - *at))
            break;
        if (!latest || memcmp(row, latest, KEY_SECONDS_N) > 0)
            latest = row;
    }
    if (latest)
        note_latest(s, latest, KEY_SECONDS_N);
    return next;
}

/* Goes past rows that a glance is enough for, as far as their ends are known.
 * Most of a large file is read here and nowhere else. */
static void
pass(struct seen *s, struct rows *r, const struct probe_in *in,
     struct glance *g)
{
    size_t at = r->at, next = r->next;

    for (; g->key_n > 0 && next < r->ends_n; at = r->ends[next++] + 1)
        if (!is_other(in, r->p + at, r->ends[next] - at, g->key_n))
            break;
    for (; *g->old && next < r->ends_n; at = r->ends[next++] + 1)
        if (!is_old(r->p + at, r->ends[next] - at, g->old))
            break;
    g->has_old = g->has_old || (*g->old && next > r->next);
    if (g->is_time)
        next = pass_times(&at, s, r, in, next);
    if (next == r->next)
        return;
    s->rows += (int64_t)(next - r->next);
    s->end = r->base + (int64_t)at;
    s->lacks_end = false;
    r->at = at;
    r->next = next;
}

/* True if the row is surely none of the batch: so are nearly all. */
static bool
is_passed(struct seen *s, const struct probe_in *in, const struct line *line)
{
    struct key_quick k;

    if (!key_quick(&k, in->layout, line) ||
        batch_may_have(in->batch, k.p, k.n) ||
        (in->owners && owners_may_have(in->owners, k.p, k.owner_n)))
        return false;
    if (*k.p == *in->layout->spec->ids[0] &&
        key_is_header(in->layout, k.p, k.n))
        return false;
    if (in->all)
        (void)keyset_add(in->all, k.owner_n > 0 ? key_owner_hash(k.p, k.owner_n)
                                                : key_hash(k.p, k.n));
    if (k.time_n > 0)
        note_latest(s, k.p, k.time_n);
    s->rows++;
    return true;
}

/* The time, too: there might be a record that is called as the column is. */
static bool
is_header(const struct layout *l, const struct key *k, const char *texts)
{
    const char *time = l->spec->time;

    if (!key_is_header(l, texts + k->at, k->n))
        return false;
    if (l->time_at < 0 || l->time_at == l->id_at[0])
        return true;
    return k->time_n == strlen(time) &&
           memcmp(texts + k->time_at, time, k->time_n) == 0;
}

/* HIT_GONE and the like, or BATCH_NONE. */
static long
find(const struct probe_in *in, const struct key *k, const char *texts)
{
    long i = k->n > 0 ? batch_by_key(in->batch, k, texts) : BATCH_NONE;

    if (i < 0)
        i = batch_by_unique(in->batch, k, texts);
    if (i < 0 && in->owners && k->owner_n > 0 &&
        owners_has(in->owners, texts + k->at, k->owner_n))
        return HIT_GONE;
    return i;
}

static int
look_at(struct seen *s, const struct look *look, const struct line *line,
        struct buf *texts, struct err *e)
{
    const struct probe_in *in = look->in;
    struct key k;
    long hit;

    buf_clear(texts);
    if (key_of_line(&k, texts, in->layout, line, e) < 0)
        return -1;
    if (is_header(in->layout, &k, texts->p))
        return look->hit(look->arg, line, HIT_HEADER, e);
    if (in->all && k.n > 0)
        known_learn(in->all, &k);
    hit = find(in, &k, texts->p);
    if (hit != BATCH_NONE && look->hit(look->arg, line, hit, e) < 0)
        return -1;
    note_latest(s, texts->p + k.time_at, k.time_n);
    s->rows++;
    return 0;
}

/* Of a row without line end: false if it is no row of this part. */
static bool
ends_well(struct seen *s, struct look *look, const struct line *line)
{
    if (look->stop >= 0)
        look->cut_at = line->offset;
    else if (!look_is_whole(look->in->layout, line))
        s->torn_at = line->offset;
    else
        return true;
    return false;
}

int
look_run(struct seen *s, struct look *look, struct err *e)
{
    const struct probe_in *in = look->in;
    const struct layout *l = in->layout;
    struct glance g = glance_of(in);
    struct rows rows;
    struct line line;
    struct buf texts = BUF_INIT;
    int rc;

    rows_start(&rows, in->fd, l->spec->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, look->from);
    rows.stop = look->stop;
    look->cut_at = -1;
    s->end = look->from;
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        if (!line.is_ended && !ends_well(s, look, &line))
            break;
        s->end = line.offset + (int64_t)line.full;
        s->lacks_end = !line.is_ended;
        s->unended_at = line.offset;
        if (line.n > 0 && !is_passed(s, in, &line) &&
            (rc = look_at(s, look, &line, &texts, e)) < 0)
            break;
        pass(s, &rows, in, &g);
    }
    if (g.has_old)
        note_latest(s, g.older, strlen(g.older));
    rows_free(&rows);
    buf_free(&texts);
    return rc < 0 ? -1 : 0;
}
