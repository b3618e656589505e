#include "store/vanish.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/tm.h"
#include "data/cell.h"
#include "data/columns.h"
#include "data/flatten.h"
#include "data/keyset.h"
#include "store/history.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/probe.h"
#include "store/rows.h"
#include "store/table.h"
#include "sys/fs.h"

enum { IDS_TOLD = 5 };

struct search {
    const struct vanish_in *in;
    struct vanished *out;
    struct layout layout;
    int fd;
    struct buf since; /* as a key has it; empty: none */
    struct buf texts;
    struct probe gone;
};

uint64_t
vanish_hash(const struct table_spec *spec, const struct row *row)
{
    struct buf text = BUF_INIT;
    uint64_t hash;

    for (size_t i = 0; i < TABLE_KEYS_MAX && spec->ids[i]; i++) {
        int32_t column =
            columns_find(spec->columns, spec->ids[i], strlen(spec->ids[i]));

        if (i > 0)
            buf_addc(&text, 0x1f);
        if (column >= 0 && (size_t)column < row->n)
            cell_text(&text, &row->cell[column]);
    }
    hash = key_hash(buf_str(&text), text.n);
    buf_free(&text);
    return hash;
}

/* Keys are told as a person would name them: a comma between the columns. */
static void
tell(struct vanished *out, const char *p, size_t n)
{
    if (out->ids.n > 0)
        buf_adds(&out->ids, ", ");
    for (size_t i = 0; i < n; i++) {
        if (p[i] == 0x1f)
            buf_addc(&out->ids, ',');
        else
            buf_addc(&out->ids, p[i]);
    }
    (void)buf_str(&out->ids); /* it ends as a text does */
}

void
vanished_text(struct buf *out, const struct vanished *v)
{
    const char *p = v->ids.p;

    for (int i = 0; i < IDS_TOLD && p && *p; i++) {
        const char *comma = strstr(p, ", ");
        size_t n = comma ? (size_t)(comma + 2 - p) : strlen(p);

        buf_add(out, p, n);
        p += n;
    }
    if (p && *p)
        buf_adds(out, "...");
}

void
vanished_free(struct vanished *v)
{
    buf_free(&v->ids);
    *v = (struct vanished)VANISHED_INIT;
}

static bool
is_before(const struct search *s, const struct key *k)
{
    const char *time = s->texts.p + k->time_at;
    size_t n = k->time_n < s->since.n ? k->time_n : s->since.n;

    return s->since.n > 0 && k->time_n > 0 && memcmp(time, s->since.p, n) < 0;
}

static int
look_at(struct search *s, const struct line *line, struct err *e)
{
    struct key k;

    buf_clear(&s->texts);
    if (key_of_line(&k, &s->texts, &s->layout, line, e) < 0)
        return -1;
    if (k.n == 0 || is_before(s, &k))
        return 0;
    s->out->rows++;
    if (keyset_has(s->in->seen, key_hash(s->texts.p + k.at, k.n)))
        return 0;
    s->out->n++;
    tell(s->out, s->texts.p + k.at, k.n);
    return s->in->is_noted ? probe_remove(&s->gone, &s->layout, s->fd, line, e)
                           : 0;
}

static int
search(struct search *s, struct err *e)
{
    const struct layout *l = &s->layout;
    struct rows rows;
    struct line line;
    int rc;

    rows_start(&rows, s->fd, l->spec->path,
               l->spec->format == TABLE_CSV ? &l->dialect : NULL, l->body);
    while ((rc = rows_next(&line, &rows, e)) == 1) {
        if (line.n == 0)
            continue;
        if (!line.is_ended && !look_is_whole(l, &line))
            break; /* torn; the next write cuts it off */
        if ((rc = look_at(s, &line, e)) < 0)
            break;
    }
    rows_free(&rows);
    if (rc >= 0 && s->in->is_noted)
        rc = history_add(l, &s->gone, "vanished", s->in->now, e);
    return rc < 0 ? -1 : 0;
}

int
vanish_find(struct vanished *out, const struct vanish_in *in, struct err *e)
{
    struct search s = { .in = in, .out = out, .gone = PROBE_INIT };
    struct stat st;
    int rc = fs_stat(&st, in->spec->path, e);
    char since[21];

    vanished_free(out);
    if (rc <= 0 || st.st_size == 0)
        return rc < 0 ? -1 : 0;
    if (fs_open(&s.fd, in->spec->path, O_RDONLY, e) < 0)
        return -1;
    if (in->since != INT64_MIN) {
        tm_utc(since, in->since);
        key_instant(&s.since, since, strlen(since));
    }
    rc = layout_read(&s.layout, in->spec, s.fd, e);
    if (rc == 0)
        rc = search(&s, e);
    probe_free(&s.gone);
    layout_free(&s.layout);
    buf_free(&s.since);
    buf_free(&s.texts);
    (void)close(s.fd); /* only read */
    return rc;
}
