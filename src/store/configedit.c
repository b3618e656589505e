#include "store/configedit.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "store/toml.h"
#include "sys/fs.h"

enum {
    CONFIG_MAX = 1024 * 1024,
    CHANGE_MAX = 4096, /* what usually comes in */
};

/* A piece of the text. */
struct span {
    const char *p;
    const char *end;
};

/* Where the change goes, and how it is to look. */
struct place {
    struct span text;
    bool is_toml;
    bool has_section;
    const char *behind; /* the key's setting, the section's last, its header */
    struct span indent; /* of that setting */
    struct span equal;  /* its "=" with the blanks round it */
    struct span value;  /* of the key, which is that setting; p is NULL if
                           there is none */
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span
trim(struct span s)
{
    while (s.p < s.end && is_blank(*s.p))
        s.p++;
    while (s.p < s.end && is_blank(s.end[-1]))
        s.end--;
    return s;
}

static bool
span_is(struct span s, const char *text)
{
    size_t n = strlen(text);

    return (size_t)(s.end - s.p) == n && memcmp(s.p, text, n) == 0;
}

static void
add_span(struct buf *out, struct span s)
{
    buf_add(out, s.p, (size_t)(s.end - s.p));
}

/* The line at p, without its end; *next is the one behind it. */
static struct span
line_at(const char *p, const char *end, const char **next)
{
    const char *feed = memchr(p, '\n', (size_t)(end - p));
    struct span line = { p, feed ? feed : end };

    *next = feed ? feed + 1 : end;
    if (line.end > line.p && line.end[-1] == '\r')
        line.end--;
    return line;
}

/* The name in "[NAME]"; p is NULL if the line is no header. */
static struct span
header_name(struct span line)
{
    struct span s = trim(line);
    const char *end = s.p < s.end && *s.p == '['
                          ? memchr(s.p, ']', (size_t)(s.end - s.p))
                          : NULL;

    if (!end)
        return (struct span){ NULL, NULL };
    return trim((struct span){ s.p + 1, end });
}

/* --- where --------------------------------------------------------------- */

/* In TOML a value may have a comment behind it and a list may go on over
 * lines. *next moves behind the last of them. */
static struct span
toml_span(struct span value, const char *end, const char **next)
{
    struct span line = value;
    struct buf copy = BUF_INIT;
    size_t start = 0;
    int open = 0;

    for (;;) {
        add_span(&copy, line);
        open = toml_cut(&copy, start, open);
        if (open <= 0 || *next == end)
            break;
        start = copy.n;
        line = line_at(*next, end, next);
    }
    value.end = line.p + (copy.n - start);
    buf_wipe(&copy); /* it may be a secret */
    return trim(value);
}

/* KEY = VALUE in place->section. */
static void
see_setting(struct place *place, struct span line, const char **next,
            const char *key)
{
    struct span left = { line.p, line.p }, name, right;

    while (left.end < line.end && *left.end != '=' && *left.end != ':')
        left.end++;
    if (left.end == line.end)
        return;
    name = trim(left);
    right = trim((struct span){ left.end + 1, line.end });
    if (place->is_toml)
        right = toml_span(right, place->text.end, next);
    place->behind = *next;
    place->indent = (struct span){ line.p, name.p };
    place->equal = (struct span){ name.end, right.p };
    if (key && span_is(name, key))
        place->value = right;
}

static void
find_place(struct place *place, const struct config_edit *edit)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *end = place->text.end, *next = place->text.p;
    bool is_inside = false;

    if (end - next >= 3 && memcmp(next, mark, 3) == 0)
        next += 3;
    while (next < end) {
        struct span line = line_at(next, end, &next);
        struct span text = trim(line), name = header_name(line);

        if (text.p == text.end || *text.p == '#' || *text.p == ';')
            continue;
        if (name.p) {
            is_inside = !place->has_section && span_is(name, edit->section);
            if (is_inside) {
                place->has_section = true;
                place->behind = next;
            }
        } else if (is_inside && !place->value.p) {
            see_setting(place, line, &next, edit->key);
        } else if (place->is_toml) {
            (void)toml_span(line, end, &next);
        }
    }
}

/* --- what ---------------------------------------------------------------- */

static void
add_quoted(struct buf *out, const char *value)
{
    buf_addc(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buf_addc(out, '\\');
        buf_addc(out, *value);
    }
    buf_addc(out, '"');
}

/* Adds it as it is to stand in the file. */
static int
add_value(struct buf *out, const struct config_edit *edit, bool is_toml,
          struct err *e)
{
    const char *value = edit->value;
    size_t n = strlen(value);
    bool is_bad =
        !is_toml && n > 0 && (is_blank(*value) || is_blank(value[n - 1]));

    for (size_t i = 0; i < n; i++)
        is_bad |= (unsigned char)value[i] < ' ' || value[i] == 0x7f;
    if (is_bad)
        return err_set(e, ERR_USAGE,
                       "[%s] %s: the value has blanks at an end or control "
                       "characters",
                       edit->section, edit->key);
    if (!is_toml)
        buf_adds(out, value);
    else if (text_is(value, "yes") || text_is(value, "true"))
        buf_adds(out, "true");
    else if (text_is(value, "no") || text_is(value, "false"))
        buf_adds(out, "false");
    else
        add_quoted(out, value);
    return 0;
}

/* "\r\n" if the first line ends so. */
static const char *
line_end(struct span text)
{
    const char *feed = memchr(text.p, '\n', (size_t)(text.end - text.p));

    return feed && feed > text.p && feed[-1] == '\r' ? "\r\n" : "\n";
}

/* "=", and a blank behind it if there is one in front. */
static void
add_equal(struct buf *out, const struct place *place)
{
    if (!place->equal.p) {
        buf_adds(out, " = ");
        return;
    }
    add_span(out, place->equal);
    if (is_blank(*place->equal.p) && !is_blank(place->equal.end[-1]))
        buf_addc(out, ' ');
}

/* In the place of the old value. */
static void
replace_value(struct buf *out, const struct place *place, const char *value)
{
    add_span(out, (struct span){ place->text.p, place->equal.p });
    add_equal(out, place);
    buf_adds(out, value);
    add_span(out, (struct span){ place->value.end, place->text.end });
}

/* A line of its own, with a line end in front of it where there is none. */
static void
insert_line(struct buf *out, const struct place *place, const char *key,
            const char *value)
{
    const char *eol = line_end(place->text);
    bool is_open = place->behind[-1] != '\n';

    add_span(out, (struct span){ place->text.p, place->behind });
    if (is_open)
        buf_adds(out, eol);
    add_span(out, place->indent);
    buf_adds(out, key);
    add_equal(out, place);
    buf_adds(out, value);
    if (!is_open)
        buf_adds(out, eol);
    add_span(out, (struct span){ place->behind, place->text.end });
}

/* A new section, with an empty line in front. */
static void
append_section(struct buf *out, const struct place *place,
               const struct config_edit *edit, const char *value)
{
    const char *eol = line_end(place->text);

    add_span(out, place->text);
    if (place->text.p < place->text.end)
        buf_addf(out, "%s%s", place->text.end[-1] == '\n' ? "" : eol, eol);
    buf_addf(out, "[%s]%s", edit->section, eol);
    if (edit->key)
        buf_addf(out, "%s = %s%s", edit->key, value, eol);
}

static bool
is_same(const struct place *place, const char *value, const char *written)
{
    struct buf old = BUF_INIT, plain = BUF_INIT;
    bool is_same;

    add_span(&old, place->value);
    is_same = text_is(buf_str(&old), written) ||
              (place->is_toml && toml_value(&plain, buf_str(&old)) == 0 &&
               text_is(buf_str(&plain), value));
    buf_wipe(&old);
    buf_wipe(&plain);
    return is_same;
}

/* 1 if the text has it; a list that is never closed may have swallowed it. */
static int
check(const struct buf *out, size_t start, bool is_toml,
      const struct config_edit *edit, const char *written, struct err *e)
{
    struct place place = {
        .text = { out->p + start, out->p + out->n },
        .is_toml = is_toml,
    };

    find_place(&place, edit);
    if (place.has_section &&
        (!edit->key ||
         (place.value.p && is_same(&place, edit->value, written))))
        return 1;
    err_set(e, ERR_USAGE, "[%s]: there is no place for it", edit->section);
    if (edit->key)
        return err_hint(e, "set %s in [%s] yourself", edit->key, edit->section);
    return err_hint(e, "add [%s] yourself", edit->section);
}

/* 1, or 0 if there is nothing to do. */
static int
add_changed(struct buf *out, struct place *place,
            const struct config_edit *edit, const char *value)
{
    find_place(place, edit);
    if (!place->has_section) {
        append_section(out, place, edit, value);
    } else if (!edit->key ||
               (place->value.p && is_same(place, edit->value, value))) {
        add_span(out, place->text);
        return 0;
    } else if (place->value.p) {
        replace_value(out, place, value);
    } else {
        insert_line(out, place, edit->key, value);
    }
    return 1;
}

int
configedit_text(struct buf *out, const char *p, size_t n, bool is_toml,
                const struct config_edit *edit, struct err *e)
{
    const char *text = n > 0 ? p : "";
    struct place place = { .text = { text, text + n }, .is_toml = is_toml };
    struct buf value = BUF_INIT;
    size_t start = out->n;
    int rc = edit->key ? add_value(&value, edit, is_toml, e) : 0;

    if (rc == 0)
        rc = add_changed(out, &place, edit, buf_str(&value));
    if (rc > 0)
        rc = check(out, start, is_toml, edit, buf_str(&value), e);
    if (rc < 0)
        out->n = start;
    buf_wipe(&value);
    return rc;
}

static int
edit_file(const char *path, bool is_there, const struct config_edit *edit,
          struct err *e)
{
    struct buf before = BUF_INIT, after = BUF_INIT;
    int rc = is_there ? fs_read(&before, path, CONFIG_MAX, e) : 0;

    (void)buf_room(&after, before.n + CHANGE_MAX); /* once: it holds secrets */
    if (rc == 0)
        rc = configedit_text(&after, before.p, before.n,
                             text_ends(path, ".toml"), edit, e);
    if (rc > 0 && is_there && fs_private(path, e) < 0)
        rc = -1;
    if (rc > 0)
        rc = fs_replace(path, after.p, after.n, e);
    buf_wipe(&before);
    buf_wipe(&after);
    return rc;
}

int
configedit_set(const char *path, const struct config_edit *edit, struct err *e)
{
    struct stat st;
    int rc = fs_stat(&st, path, e);

    if (rc >= 0)
        rc = edit_file(path, rc > 0, edit, e);
    return rc < 0 ? err_in(e, "config") : 0;
}
