#include "store/key.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL /* keys are short: the call costs more than the hash */
#include <xxhash.h>

#include "base/err.h"
#include "base/tm.h"
#include "data/cell.h"
#include "data/columns.h"
#include "data/csvtext.h"
#include "data/flatten.h"
#include "data/json.h"
#include "data/jsonplain.h"
#include "store/layout.h"
#include "store/rows.h"

enum {
    BETWEEN = 0x1f,
    UNIQUE_SEED = 1,
    OWNER_SEED = 2,
    SECONDS_N = KEY_SECONDS_N,
};

/* "Z" or "+00:00", after nothing or a fraction of zeros. */
static bool
is_whole_utc(const char *p, size_t n)
{
    size_t i = 0;

    if (n > 0 && p[0] == '.') {
        i = 1;
        while (i < n && p[i] == '0')
            i++;
    }
    p += i;
    n -= i;
    return (n == 1 && p[0] == 'Z') || (n == 6 && memcmp(p, "+00:00", 6) == 0);
}

/* An instant that has the form already, but for how it says UTC. */
static bool
is_utc(const char *p, size_t n)
{
    return n > SECONDS_N && p[4] == '-' && p[10] == 'T' &&
           is_whole_utc(p + SECONDS_N, n - SECONDS_N);
}

bool
key_is_utc(const char *p, size_t n)
{
    return is_utc(p, n);
}

void
key_instant(struct buf *out, const char *p, size_t n)
{
    struct instant t;
    char text[40];
    size_t end;

    if (is_utc(p, n)) {
        buf_add(out, p, SECONDS_N);
        return;
    }
    if (n < SECONDS_N || tm_instant(&t, p, n) < 0) {
        buf_add(out, p, n);
        return;
    }
    tm_utc(text, t.sec);
    end = SECONDS_N;
    if (t.nsec) {
        (void)snprintf(text + end, sizeof(text) - end, ".%09d", (int)t.nsec);
        for (end = strlen(text); text[end - 1] == '0';)
            end--;
    }
    buf_add(out, text, end);
}

int64_t
key_nanoseconds(const char *p, size_t n)
{
    const int64_t sec_max = 9000000000, nano = 1000000000;
    struct instant t;

    if (n == 0 || tm_instant(&t, p, n) < 0 || t.sec > sec_max ||
        t.sec < -sec_max)
        return INT64_MIN;
    return t.sec * nano + t.nsec;
}

/* Turns the text added since at into its form as an instant. */
static void
as_instant(struct buf *texts, size_t at)
{
    char text[64];
    size_t n = texts->n - at;
    const char *p = texts->p + at;

    if (n >= sizeof(text))
        return;
    if (is_utc(p, n)) { /* nearly always */
        texts->n = at + SECONDS_N;
        return;
    }
    memcpy(text, p, n);
    texts->n = at;
    key_instant(texts, text, n);
}

/* Where the values of a row come from: its cells, or the line in the file. */
struct values {
    const struct row *row;
    const struct csv_slice *cell;    /* CSV: by part */
    const struct json_token *member; /* JSON: value by part */
};

enum part { PART_UNIQUE = TABLE_KEYS_MAX, PART_TIME, PARTS };

static int
part_position(const struct layout *l, int part)
{
    if (part == PART_UNIQUE)
        return l->unique_at;
    return part == PART_TIME ? l->time_at : l->id_at[part];
}

static const char *
part_name(const struct layout *l, int part)
{
    if (part == PART_UNIQUE)
        return l->spec->unique;
    if (part == PART_TIME)
        return l->spec->time;
    return part < l->ids_n ? l->spec->ids[part] : NULL;
}

static void
add_part(struct buf *texts, const struct layout *l, const struct values *v,
         int part)
{
    int at = part_position(l, part);

    if (v->member) {
        cell_token_text(texts, &v->member[part]);
    } else if (v->cell) {
        csv_cell_value(texts, &v->cell[part]);
    } else {
        size_t column = (size_t)l->order[at];

        if (column < v->row->n)
            cell_text(texts, &v->row->cell[column]);
    }
}

static void
make_key(struct key *k, struct buf *texts, const struct layout *l,
         const struct values *v)
{
    bool has_all = true;

    if (!texts->p)
        (void)buf_str(texts); /* a key of nothing has an address, too */
    *k = (struct key){ .at = (uint32_t)texts->n };
    for (int i = 0; i < l->ids_n; i++) {
        size_t at = texts->n;

        add_part(texts, l, v, i);
        if (i == 0 && l->spec->instant_id)
            as_instant(texts, at);
        has_all = has_all && texts->n > at;
        if (i + 1 == l->spec->owner_ids)
            k->owner_n = (uint32_t)texts->n - k->at;
        if (i + 1 < l->ids_n)
            buf_addc(texts, BETWEEN);
        if (i == 0)
            k->time_n = (uint32_t)(texts->n - at - (l->ids_n > 1));
    }
    k->n = has_all ? (uint32_t)texts->n - k->at : 0;
    k->hash = key_hash(texts->p + k->at, k->n);
    if (k->owner_n > 0)
        k->owner_hash = key_owner_hash(texts->p + k->at, k->owner_n);
    k->time_at = k->at;
    if (l->time_at < 0) {
        k->time_n = 0;
    } else if (l->time_at != l->id_at[0]) {
        k->time_at = (uint32_t)texts->n;
        add_part(texts, l, v, PART_TIME);
        as_instant(texts, k->time_at);
        k->time_n = (uint32_t)texts->n - k->time_at;
    }
    if (l->unique_at >= 0) {
        k->unique_at = (uint32_t)texts->n;
        add_part(texts, l, v, PART_UNIQUE);
        k->unique_n = (uint32_t)texts->n - k->unique_at;
        if (k->unique_n > 0)
            k->unique_hash = XXH3_64bits_withSeed(texts->p + k->unique_at,
                                                  k->unique_n, UNIQUE_SEED);
    }
}

void
key_of_owner(struct key *k, struct buf *texts, const struct layout *l,
             const struct row *row)
{
    struct values v = { .row = row };
    bool has_all = true;

    *k = (struct key){ .at = (uint32_t)texts->n };
    for (int i = 0; i < l->spec->owner_ids; i++) {
        size_t at = texts->n;

        if (i > 0)
            buf_addc(texts, BETWEEN);
        add_part(texts, l, &v, i);
        has_all = has_all && texts->n > at + (i > 0);
    }
    k->n = has_all ? (uint32_t)texts->n - k->at : 0;
    if (k->n > 0)
        k->hash = key_owner_hash(texts->p + k->at, k->n);
}

void
key_of_row(struct key *k, struct buf *texts, const struct layout *l,
           const struct row *row)
{
    struct values v = { .row = row };

    make_key(k, texts, l, &v);
}

/* Called for every row of a file at each flush. */
static void
csv_key(struct key *k, struct buf *texts, const struct layout *l,
        const struct line *line)
{
    static const struct csv_slice none = { .p = "" };
    struct csv_slice cell[PARTS];
    struct values v = { .cell = cell };
    const char *p = line->p, *end = line->p + line->n;
    int position[PARTS];

    for (int part = 0; part < PARTS; part++) {
        position[part] = part_position(l, part);
        cell[part] = none;
    }
    for (int at = 0; p && at <= l->last_at; at++) {
        struct csv_slice slice = csv_take(&p, end, &l->dialect);

        for (int part = 0; part < PARTS; part++)
            if (position[part] == at)
                cell[part] = slice;
    }
    make_key(k, texts, l, &v);
}

/* The cell at a position, if all cells up to it are plain. */
static bool
plain_cell(struct csv_slice *cell, const struct layout *l,
           const struct line *line, int at)
{
    const char *p = line->p, *end = line->p + line->n, *stop;

    for (;; at--) {
        if (p == end || *p == '"' || *p == '\'')
            return false;
        stop = memchr(p, l->dialect.delimiter, (size_t)(end - p));
        if (at == 0)
            break;
        if (!stop)
            return false;
        p = stop + 1;
    }
    *cell =
        (struct csv_slice){ .p = p, .n = (size_t)((stop ? stop : end) - p) };
    return true;
}

/* A key of one or two plain cells. */
static inline bool
join_quick(struct key_quick *k, const struct layout *l,
           const struct csv_slice *first, const struct csv_slice *second)
{
    size_t n = first->n;

    if (l->spec->instant_id) {
        if (!is_utc(first->p, n))
            return false;
        n = SECONDS_N;
    }
    k->p = first->p;
    k->n = n;
    k->time_n = l->time_at == l->id_at[0] ? n : 0;
    k->owner_n = l->spec->owner_ids > 0 ? n : 0;
    if (l->ids_n == 1)
        return n > 0;
    if (n + second->n >= sizeof(k->room) || n == 0 || second->n == 0)
        return false;
    memcpy(k->room, first->p, n);
    k->room[n] = BETWEEN;
    memcpy(k->room + n + 1, second->p, second->n);
    k->p = k->room;
    k->n = n + 1 + second->n;
    return true;
}

static bool
is_quick(const struct layout *l)
{
    return l->unique_at < 0 && l->ids_n <= 2;
}

/* A column of the key that is inside of an object of the record. */
static bool
has_path(const struct layout *l)
{
    for (int part = 0; part < PARTS; part++) {
        const char *name = part_name(l, part);

        if (name && strpbrk(name, ".\\"))
            return true;
    }
    return false;
}

/* A key of one or two members, and the time. */
enum { QUICK_TIME = 2, QUICK_PARTS };

/* Keeps the value of a member that is part of the key, or the time; how many
 * parts it is. -1: it is nothing for a quick look. */
static inline int
note_plain(struct csv_slice part[QUICK_PARTS],
           const char *const want[QUICK_PARTS], const struct jsonplain *m)
{
    int found = 0;

    for (int i = 0; i < QUICK_PARTS; i++) {
        if (!want[i] || *want[i] != *m->name.p ||
            strncmp(want[i], m->name.p, m->name.n) != 0 || want[i][m->name.n])
            continue;
        if (part[i].p ||
            (m->value.type != JSON_STRING && m->value.type != JSON_NUMBER))
            return -1;
        part[i] = (struct csv_slice){ .p = m->value.p, .n = m->value.n };
        found++;
    }
    return found;
}

/* The key and the time of a JSON line, if all is plain as far as that; what
 * comes behind is looked at only for the whole row. */
static enum key_found
plain_parts(struct csv_slice part[QUICK_PARTS], const struct layout *l,
            const struct line *line, bool whole)
{
    const struct table_spec *spec = l->spec;
    bool has_time = spec->time && l->time_at != l->id_at[0];
    bool last_counts = spec->format == TABLE_RAW; /* of members of a name */
    const char *const want[QUICK_PARTS] = {
        spec->ids[0],
        l->ids_n > 1 ? spec->ids[1] : NULL,
        has_time ? spec->time : NULL,
    };
    const char *p = line->p, *end = line->p + line->n;
    int missing = l->ids_n + has_time, found;
    struct jsonplain m;

    for (int i = 0; i < QUICK_PARTS; i++)
        part[i] = (struct csv_slice){ .p = NULL };
    for (char before = '{'; missing > 0 || whole; before = ',') {
        if (p == end || *p != before || !(p = jsonplain_member(&m, p + 1, end)))
            break;
        if (missing > 0 || last_counts) {
            if ((found = note_plain(part, want, &m)) < 0)
                break;
            missing -= found;
        }
        if (*p == '}' && missing == 0 && p + 1 == end)
            return KEY_IN_ROW;
    }
    return missing > 0 || last_counts ? KEY_NOT_FOUND : KEY_IN_FRONT;
}

bool
key_quick(struct key_quick *k, const struct layout *l, const struct line *line)
{
    struct csv_slice first, second = { .p = NULL }, part[QUICK_PARTS];

    if (!is_quick(l))
        return false;
    if (l->spec->format == TABLE_JSONL)
        return plain_parts(part, l, line, false) != KEY_NOT_FOUND &&
               join_quick(k, l, &part[0], &part[1]);
    return l->spec->format == TABLE_CSV &&
           plain_cell(&first, l, line, l->id_at[0]) &&
           (l->ids_n == 1 || plain_cell(&second, l, line, l->id_at[1])) &&
           join_quick(k, l, &first, &second);
}

/* A cell without quotes that have no other one between them; false if there is
 * one, or an apostrophe, which may be a guard. */
static inline bool
make_bare(struct csv_slice *bare, const struct csv_slice *cell)
{
    bare->p = cell->p + cell->quoted;
    bare->n = cell->n - (cell->quoted ? 2 : 0);
    if (cell->quoted && memchr(bare->p, '"', bare->n))
        return false;
    return bare->n == 0 || *bare->p != '\'';
}

bool
key_quick_cells(struct key_quick *k, struct csv_slice *time,
                const struct layout *l, const struct csv_slice *cell, size_t n)
{
    struct csv_slice first, second = { .p = "" };

    if (!is_quick(l) || l->spec->format != TABLE_CSV ||
        (size_t)l->last_at >= n || !make_bare(&first, &cell[l->id_at[0]]) ||
        (l->ids_n == 2 && !make_bare(&second, &cell[l->id_at[1]])))
        return false;
    if (l->time_at == l->id_at[0])
        *time = first;
    else if (l->time_at < 0)
        *time = (struct csv_slice){ .p = "" };
    else if (!make_bare(time, &cell[l->time_at]))
        return false;
    return join_quick(k, l, &first, &second);
}

enum key_found
key_quick_json(struct key_quick *k, struct csv_slice *time,
               const struct layout *l, const struct line *line)
{
    struct csv_slice part[QUICK_PARTS];
    enum key_found found;

    if (!is_quick(l) || (l->spec->format == TABLE_RAW && has_path(l)))
        return KEY_NOT_FOUND;
    found = plain_parts(part, l, line, true);
    if (found == KEY_NOT_FOUND || !join_quick(k, l, &part[0], &part[1]))
        return KEY_NOT_FOUND;
    *time = part[l->time_at == l->id_at[0] ? 0 : QUICK_TIME];
    return found;
}

bool
key_is_header(const struct layout *l, const char *p, size_t n)
{
    const char *end = p + n;

    if (l->spec->format != TABLE_CSV)
        return false;
    for (int i = 0; i < l->ids_n; i++) {
        size_t name_n = strlen(l->spec->ids[i]);

        if (i > 0 && (p == end || *p++ != BETWEEN))
            return false;
        if ((size_t)(end - p) < name_n ||
            memcmp(p, l->spec->ids[i], name_n) != 0)
            return false;
        p += name_n;
    }
    return p == end && n > 0;
}

uint64_t
key_owner_hash(const char *p, size_t n)
{
    return XXH3_64bits_withSeed(p, n, OWNER_SEED);
}

uint64_t
key_hash(const char *p, size_t n)
{
    return XXH3_64bits(p, n);
}

/* Keeps the value of a member that is part of the key; how many parts it is. */
static int
note_member(struct json_token member[PARTS], const struct layout *l,
            const char *name, size_t n, const struct json_token *value)
{
    int found = 0;

    for (int part = 0; part < PARTS; part++) {
        const char *want = part_name(l, part);

        if (!want || *want != *name || strncmp(want, name, n) != 0 || want[n])
            continue;
        member[part] = *value;
        found++;
    }
    return found;
}

static int
count_parts(const struct layout *l)
{
    int n = 0;

    for (int part = 0; part < PARTS; part++)
        n += part_name(l, part) != NULL;
    return n;
}

/* Reads the members of a line by their names as they stand. May stop once
 * the key is known: the rest of a line is long. */
static int
own_members(struct json_token member[PARTS], const struct layout *l,
            const struct line *line, bool may_stop, struct err *e)
{
    struct json j;
    struct json_token name, t;
    struct buf text = BUF_INIT;
    int missing = count_parts(l), rc;

    json_start(&j, line->p, line->n);
    rc = json_next(&t, &j, e);
    if (rc == 1 && t.type != JSON_OBJECT)
        rc = err_set(e, ERR_DATA, "not an object");
    while (rc == 1 && (missing > 0 || !may_stop) &&
           (rc = json_next(&name, &j, e)) == 1 && name.type == JSON_KEY) {
        if ((rc = json_next(&t, &j, e)) < 0 || (rc = json_skip(&t, &j, e)) < 0)
            break;
        rc = 1;
        if (name.flags == 0) {
            missing -= note_member(member, l, name.p, name.n, &t);
            continue;
        }
        buf_clear(&text);
        json_text(&text, &name);
        missing -= note_member(member, l, buf_str(&text), text.n, &t);
    }
    buf_free(&text);
    return rc < 0 ? -1 : 0;
}

/* JSON lines have the dotted name as one member name; in raw records it is a
 * path, and of two members of a name the last one counts. */
static int
raw_members(struct json_token member[PARTS], const struct layout *l,
            const struct line *line, struct err *e)
{
    if (!has_path(l))
        return own_members(member, l, line, false, e);
    for (int part = 0; part < PARTS; part++) {
        const char *name = part_name(l, part);
        struct json_token t;
        int rc;

        if (!name)
            continue;
        rc = json_at(&t, line->p, line->n, name, e);
        if (rc < 0)
            return -1;
        if (rc == 1)
            member[part] = t;
    }
    return 0;
}

static int
json_key(struct key *k, struct buf *texts, const struct layout *l,
         const struct line *line, struct err *e)
{
    struct json_token member[PARTS] = { { .type = JSON_NULL } };
    struct values v = { .member = member };
    bool is_blank = line->n == 0; /* a person left it: a row without a key */
    int rc = 0;

    if (l->spec->format == TABLE_JSONL && !is_blank)
        rc = own_members(member, l, line, true, e);
    else if (!is_blank)
        rc = raw_members(member, l, line, e);
    if (rc < 0) {
        e->kind = ERR_FILE;
        (void)err_in(e, "%s: row at byte %lld", l->spec->path,
                     (long long)line->offset);
        (void)err_hint(e, "put it right or take it out; verify says in which "
                          "line it is");
    } else {
        if (l->spec->constant && member[0].type == JSON_NULL && !is_blank)
            member[0] = (struct json_token){ .type = JSON_STRING,
                                             .p = l->spec->constant,
                                             .n = strlen(l->spec->constant) };
        make_key(k, texts, l, &v);
    }
    return rc;
}

int
key_of_line(struct key *k, struct buf *texts, const struct layout *l,
            const struct line *line, struct err *e)
{
    if (l->spec->format != TABLE_CSV)
        return json_key(k, texts, l, line, e);
    csv_key(k, texts, l, line);
    return 0;
}
