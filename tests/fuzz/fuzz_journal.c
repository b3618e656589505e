/*
 * Any bytes as a journal that a kill left (store/journal), beside the files
 * a.csv, b.csv and b.csv.new. A slow reader says what it asks for: a whole
 * journal that fits the files is done to its end, also a second time and after
 * a kill in the midst of it; any other changes nothing and is kept.
 *
 * The first byte: 1 makes a whole journal of the bytes behind the second
 * (without its first and last line; @ for a hash, "data *" for a line of
 * data), 2 cuts it, 4 changes a byte. The second says where.
 */
#include <inttypes.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "fuzz.h"
#include "store/journal.h"
#include "store/recover.h"

enum { A, B, NEW, FILES_N };
enum { LINE_MAX_N = 200 };

static const char magic[] = JOURNAL_MAGIC;
static const char *const names[] = { "a.csv", "b.csv", "b.csv.new" };
static const char *const old[] = {
    "id,day\n1,2024-01-01\n2,2024-01-02\n",
    "id\n7\n",
    "id,new\n7,\n8,x\n",
};

/* What the files hold when the journal is done. */
struct wish {
    struct buf text[FILES_N];
    bool is_named[FILES_N];
    int64_t kept[FILES_N]; /* bytes that stay */
    bool is_tail[FILES_N];
    size_t size[FILES_N]; /* that the file had, as it says */
    bool is_old[FILES_N]; /* the file has it, and its end */
    bool is_begun[FILES_N];
    bool is_saved;  /* a new version waits for another old one */
    bool is_edited; /* an end is to be kept */
    bool is_odd;    /* a path that is not one of the three, or named twice */
};

static uint64_t
hash_before(const char *p, size_t offset)
{
    size_t n = offset < 4096 ? offset : 4096;

    return XXH3_64bits(p + offset - n, n);
}

static int
file_of(const char *path)
{
    for (int i = 0; i < NEW; i++)
        if (text_is(names[i], path))
            return i;
    return -1;
}

/* --- the slow reader ------------------------------------------------------ */

/* "OFFSET HASH ", and what follows */
static bool
read_named(int64_t *offset, uint64_t *hash, const char **rest, const char *p)
{
    const char *blank = strchr(p, ' ');
    char digits[17] = "";

    if (!blank || num_i64(offset, p, (size_t)(blank - p)) < 0 || *offset < 0 ||
        strlen(blank) < 19 || blank[17] != ' ')
        return false;
    memcpy(digits, blank + 1, 16);
    if (strspn(digits, "0123456789abcdef") != 16)
        return false;
    *hash = strtoull(digits, NULL, 16);
    *rest = blank + 18;
    return true;
}

/* Names a file; its number, or -1. */
static int
name_file(struct wish *w, const char *path)
{
    int i = file_of(path);

    if (i < 0 || w->is_named[i])
        w->is_odd = true;
    else
        w->is_named[i] = true;
    return w->is_odd ? -1 : i;
}

static bool
is_named(int i, int64_t size, uint64_t hash)
{
    size_t n = strlen(old[i]);

    return size == (int64_t)n && hash == hash_before(old[i], n);
}

static bool
wish_file(struct wish *w, int *target, const char *p)
{
    const char *size_at, *path;
    int64_t offset, size;
    uint64_t hash, last;

    *target = -1;
    if (!read_named(&offset, &hash, &size_at, p) ||
        !read_named(&size, &last, &path, size_at))
        return false;
    *target = name_file(w, path);
    if (*target < 0 || offset > (int64_t)strlen(old[*target]) ||
        hash != hash_before(old[*target], (size_t)offset))
        return false;
    w->is_tail[*target] = true;
    w->size[*target] = (size_t)size;
    w->is_old[*target] = is_named(*target, size, last);
    w->kept[*target] = offset;
    w->text[*target].n = (size_t)offset;
    return true;
}

static bool
wish_new(struct wish *w, const char *p)
{
    const char *old_at, *path;
    int64_t size, old_size;
    uint64_t hash, last;
    int target;

    if (!read_named(&size, &hash, &old_at, p) ||
        !read_named(&old_size, &last, &path, old_at))
        return false;
    target = name_file(w, path);
    if (target == B && is_named(NEW, size, hash)) {
        w->is_named[NEW] = true;
        w->is_saved = !is_named(B, old_size, last);
        buf_clear(&w->text[B]);
        buf_adds(&w->text[B], old[NEW]);
        return true;
    }
    if (target < 0 || !is_named(target, size, hash))
        return false;
    w->is_begun[target] = true; /* it has its name */
    return true;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool
wish_data(struct wish *w, int target, const char **at, const char *end,
          const char *number, size_t n)
{
    struct buf *text;
    int64_t size, left;

    if (target < 0 || num_i64(&size, number, n) < 0 || size < 0 ||
        size > end - *at)
        return false;
    text = &w->text[target];
    left = (int64_t)strlen(old[target]) - (int64_t)text->n;
    if (size > 0 && left > 0 &&
        memcmp(old[target] + text->n, *at,
               least(least((size_t)size, (size_t)left),
                     (int64_t)text->n == w->kept[target] ? 8 : SIZE_MAX)) == 0)
        w->is_begun[target] = true; /* a page is more than that */
    buf_add(text, *at, (size_t)size);
    *at += size;
    return true;
}

static bool
is_end(const char *line, size_t n, uint64_t hash)
{
    char want[32];

    (void)snprintf(want, sizeof(want), "end %016" PRIx64, hash);
    return n == strlen(want) && memcmp(line, want, n) == 0;
}

/* True if the bytes are a journal that is to be done. */
static bool
read_wish(struct wish *w, const char *p, size_t n)
{
    const char *at = p, *end = p + n;
    int target = -1;

    if (n < sizeof(magic) - 1 || memcmp(p, magic, sizeof(magic) - 1) != 0)
        return false;
    for (at += sizeof(magic) - 1; at < end;) {
        const char *start = at, *stop = memchr(at, '\n', (size_t)(end - at));
        char line[LINE_MAX_N] = "";
        size_t length = stop ? (size_t)(stop - at) : 0;

        if (!stop || length >= sizeof(line)) {
            w->is_odd = w->is_odd || stop;
            return false;
        }
        memcpy(line, at, length);
        at = stop + 1;
        if (text_starts(line, "end "))
            return is_end(line, length, XXH3_64bits(p, (size_t)(start - p))) &&
                   at == end;
        if (text_starts(line, "file ") ? !wish_file(w, &target, line + 5)
            : text_starts(line, "data ")
                ? !wish_data(w, target, &at, end, line + 5, length - 5)
                : !text_starts(line, "new ") || !wish_new(w, line + 4))
            return false;
        if (text_starts(line, "new "))
            target = -1;
    }
    return false;
}

/* How much of it is done, and what else is in the files: true if it is to be
 * done. */
static bool
is_ours(struct wish *w)
{
    bool has_begun = false, has_other = w->is_saved;

    w->is_edited = w->is_saved;
    for (int i = 0; i < NEW; i++) {
        size_t kept = (size_t)w->kept[i], n = w->text[i].n;
        size_t size = strlen(old[i]);
        bool is_within = n > w->size[i] ? size >= w->size[i] && size <= n
                                        : size == n || size == w->size[i];

        w->is_begun[i] |= w->is_tail[i] && n == kept && size == kept;
        has_begun |= w->is_begun[i];
        has_other |= w->is_tail[i] && !w->is_old[i] && !w->is_begun[i];
        w->is_edited |=
            w->is_tail[i] && !w->is_old[i] && (!w->is_begun[i] || !is_within);
    }
    return has_begun || !has_other;
}

/* --- the journal ---------------------------------------------------------- */

/* A line's words, and each @ as the hash that belongs to the number before it
 * and to the path. */
static void
add_line(struct buf *out, const char *line, size_t n)
{
    const char *end = line + n, *at = line, *path = end;
    char name[LINE_MAX_N] = "";
    int64_t offset = 0;
    int i;

    while (path > line && path[-1] != ' ')
        path--;
    if ((size_t)(end - path) < sizeof(name))
        memcpy(name, path, (size_t)(end - path));
    i = file_of(name);
    if (i == B && n > 4 && memcmp(line, "new ", 4) == 0)
        i = NEW;
    while (i >= 0 && at < path) {
        const char *blank = memchr(at, ' ', (size_t)(path - at));
        size_t word_n = (size_t)(blank - at);

        if (word_n == 1 && *at == '@') {
            buf_addf(out, "%016" PRIx64 " ",
                     hash_before(old[i], (size_t)offset));
            i = file_of(name); /* the second one is of the old version */
        } else {
            buf_add(out, at, word_n + 1);
        }
        if (num_i64(&offset, at, word_n) < 0 || offset < 0 ||
            offset > (int64_t)strlen(old[i]))
            offset = 0;
        at = blank + 1;
    }
    buf_add(out, at, (size_t)(end - at));
}

/* A whole journal of short lines. */
static void
make_journal(struct buf *out, const char *p, const char *end)
{
    buf_adds(out, magic);
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((stop ? stop : end) - p);
        const char *next = stop ? stop + 1 : end;

        if (n == 6 && memcmp(p, "data *", n) == 0) {
            stop = memchr(next, '\n', (size_t)(end - next));
            stop = stop ? stop + 1 : end;
            buf_addf(out, "data %zu\n", (size_t)(stop - next));
            buf_add(out, next, (size_t)(stop - next));
            next = stop;
        } else {
            add_line(out, p, n);
            buf_addc(out, '\n');
        }
        p = next;
    }
    buf_addf(out, "end %016" PRIx64 "\n", XXH3_64bits(out->p, out->n));
}

static void
read_input(struct buf *journal, const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    size_t at;

    if (data[0] & 1)
        make_journal(journal, p + 2, p + size);
    else
        buf_add(journal, p + 2, size - 2);
    if (journal->n == 0)
        return;
    at = (size_t)data[1] * journal->n / 256;
    if (data[0] & 2)
        journal->n = at;
    else if (data[0] & 4)
        journal->p[at] = (char)(journal->p[at] ^ (1 << (data[0] >> 5)));
}

/* --- the files ------------------------------------------------------------ */

static void
write_files(const struct buf *journal)
{
    char *own = scratch_path(".wearchive");

    (void)mkdir(own, 0700);
    free(own);
    for (int i = 0; i < FILES_N; i++)
        scratch_write(names[i], old[i], strlen(old[i]));
    scratch_write(".wearchive/journal", journal->p, journal->n);
}

/* A journal that we never write, with a hash that is right, may fail. */
static void
replay(bool is_odd)
{
    char *own = scratch_path(".wearchive");
    struct err e = ERR_INIT;
    int rc = recover_run(own, scratch_dir(), 0, &e);

    REQUIRE(rc == 0 || (is_odd && e.kind == ERR_IO));
    REQUIRE(rc < 0 || !scratch_has(".wearchive/journal"));
    free(own);
}

static void
require_text(const char *name, const void *p, size_t n)
{
    struct buf text = BUF_INIT;

    REQUIRE(scratch_read(&text, name));
    REQUIRE_SAME(text.p, text.n, p, n);
    buf_free(&text);
}

static void
check_untouched(const struct buf *journal)
{
    for (int i = 0; i < FILES_N; i++)
        require_text(names[i], old[i], strlen(old[i]));
    require_text(".wearchive/torn/journal-1970-01-01T00:00:00Z", journal->p,
                 journal->n);
}

static void
check_done(const struct wish *w)
{
    for (int i = 0; i < NEW; i++)
        require_text(names[i], w->text[i].p, w->text[i].n);
    REQUIRE(scratch_has(names[NEW]) == !w->is_named[NEW]);
    REQUIRE(scratch_has(".wearchive/torn") == w->is_edited);
}

/* A kill came when a file had its new tail, and perhaps still the end of its
 * old one. */
static void
check_again(const struct wish *w, const struct buf *journal, uint8_t where)
{
    for (int i = 0; i < NEW; i++) {
        struct buf text = BUF_INIT;

        if (!w->is_tail[i])
            continue;
        buf_add(&text, w->text[i].p, w->text[i].n);
        if (where & 1 && w->is_old[i] && text.n < strlen(old[i]))
            buf_adds(&text, old[i] + text.n);
        scratch_write(names[i], text.p, text.n);
        buf_free(&text);
    }
    scratch_write(".wearchive/journal", journal->p, journal->n);
    replay(false);
    check_done(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wish w = { .is_odd = false };
    struct buf journal = BUF_INIT;
    bool is_good;

    if (size < 2)
        return 0;
    log_set_level(LOG_QUIET);
    read_input(&journal, data, size);
    for (int i = 0; i < FILES_N; i++)
        buf_adds(&w.text[i], old[i]);
    for (int i = 0; i < FILES_N; i++)
        w.kept[i] = (int64_t)w.text[i].n;
    is_good = read_wish(&w, buf_str(&journal), journal.n) && is_ours(&w);
    write_files(&journal);
    replay(w.is_odd);
    if (is_good && !w.is_odd) {
        check_done(&w);
        check_again(&w, &journal, data[1]);
    } else if (!w.is_odd) {
        check_untouched(&journal);
    }
    scratch_clear();
    for (int i = 0; i < FILES_N; i++)
        buf_free(&w.text[i]);
    buf_free(&journal);
    return 0;
}
