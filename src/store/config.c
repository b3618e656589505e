#include "store/config.h"

#include <ini.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "store/toml.h"
#include "sys/dirs.h"
#include "sys/fs.h"

enum {
    CONFIG_MAX = 1024 * 1024,
    USUAL_MAX = 2 * 65536, /* memory that is not moved: it holds secrets */
    NAME_SHOWN = 24,       /* longer words may be a secret in the wrong place */
};

#define ARCHIVE "archive"
#define PLUGINS "plugins" /* [plugins.x]: a provider x that is one */
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"

/*
 * libinih asks for lines and calls back with keys and values, but knows
 * neither the line number nor sections without keys: both are noticed here,
 * while the lines are handed out.
 */
struct loader {
    struct config *config;
    const struct config_rules *rules;
    struct err *err;
    const char *p; /* next byte of the file */
    const char *end;
    struct buf line; /* being handed out; in TOML a whole list */
    size_t given;    /* bytes of it that libinih has */
    int next_line;   /* number of the line at p */
    int line_no;     /* where the handed out one starts */
    bool is_toml;
    bool has_failed;
    const char *section; /* NULL before the first */
    int archive_line;
    const char *skipped; /* the table being left out, of rules->others */
    bool is_skipping;
    bool is_off; /* the left out table says enabled = false */
    bool has_secret;
    int *source_line; /* line of the header, by number of the source */
};

/* That of the list, or NULL. */
static const char *
find_in(const char *const *list, const char *word)
{
    for (; list && *list; list++)
        if (strcmp(*list, word) == 0)
            return *list;
    return NULL;
}

static bool
in_list(const char *const *list, const char *word)
{
    return find_in(list, word) != NULL;
}

/* --- messages ---------------------------------------------------------- */

/* Puts the place in front of what is in err. */
static int
at_line(struct loader *l, int line)
{
    l->has_failed = true;
    return err_in(l->err, "%s line %d", l->config->path, line);
}

static const char *
list_get(const void *arg, size_t i)
{
    const struct list *list = arg;

    return i < list->n ? list->item[i] : NULL;
}

/* ERR_USAGE with a word of the file and the nearest of the known ones; a word
 * that may be a secret is left out. */
static void
unknown(struct loader *l, const char *section, const char *what,
        const char *word, const struct list *known)
{
    const char *nearest = text_nearest(word, list_get, known);
    size_t n = strspn(word, NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ.");
    bool is_shown = n > 0 && !word[n] && n <= NAME_SHOWN;

    err_set(l->err, ERR_USAGE, "[%s] %s%s%s%s%s%s", section, what,
            is_shown ? " " : "", is_shown ? word : "",
            nearest ? " (did you mean " : "", nearest ? nearest : "",
            nearest ? "?)" : "");
}

static void
list_add_all(struct list *out, const char *const *words)
{
    for (; words && *words; words++)
        list_add(out, *words);
}

/* --- lines ------------------------------------------------------------- */

/* Adds the next line of the file, without its end. */
static void
take_line(struct loader *l)
{
    size_t left = (size_t)(l->end - l->p);
    const char *end = memchr(l->p, '\n', left);
    size_t n = end ? (size_t)(end - l->p) : left;

    buf_add(&l->line, l->p, n);
    if (l->line.n > 0 && l->line.p[l->line.n - 1] == '\r')
        l->line.n--;
    l->p += end ? n + 1 : n;
    l->next_line++;
}

static bool
is_name(const char *s)
{
    return *s && *s != '_' && *s != '-' && !s[strspn(s, NAME_CHARS)];
}

/* [app], and the tables of providers that are not there yet, with tables
 * inside them. */
static bool
skip_table(struct loader *l, const char *name)
{
    size_t n = strcspn(name, ".");
    char *base = mem_strndup(name, n);
    bool is_app = strcmp(base, "app") == 0;
    const char *other = is_app || in_list(l->rules->providers, base)
                            ? NULL
                            : find_in(l->rules->others, base);

    free(base);
    l->is_skipping = l->is_toml && (is_app || other);
    l->is_off = false;
    l->skipped = NULL;
    if (!l->is_skipping)
        return false;
    if (is_app && !name[n])
        log_info("%s line %d: [app] is not used", l->config->path, l->line_no);
    else if (other && (!name[n] || strcmp(other, PLUGINS) == 0))
        l->skipped = other;
    return true;
}

/* To be called where a table ends. */
static void
end_table(struct loader *l)
{
    if (l->skipped && !l->is_off)
        log_warn("%s: [%s] is not supported by this version", l->config->path,
                 l->skipped);
    l->skipped = NULL;
}

static int
add_source(struct loader *l, const char *name)
{
    struct config *c = l->config;

    if (!is_name(name)) {
        err_set(l->err, ERR_USAGE,
                "a section name is made of a-z, 0-9, _ and -");
        return at_line(l, l->line_no);
    }
    for (size_t i = 0; i < c->source_n; i++)
        if (strcmp(c->source[i], name) == 0) {
            err_set(l->err, ERR_USAGE, "section [%s] again, first in line %d",
                    name, l->source_line[i]);
            return at_line(l, l->line_no);
        }
    c->source = mem_resize(c->source, c->source_n + 1, sizeof(*c->source));
    l->source_line =
        mem_resize(l->source_line, c->source_n + 1, sizeof(*l->source_line));
    c->source[c->source_n] = mem_strdup(name);
    l->source_line[c->source_n] = l->line_no;
    l->section = c->source[c->source_n++];
    return 0;
}

static int
open_section(struct loader *l, char *name)
{
    end_table(l);
    name = text_trim(name);
    if (skip_table(l, name))
        return 0;
    if (strcmp(name, ARCHIVE) != 0)
        return add_source(l, name);
    if (l->archive_line) {
        err_set(l->err, ERR_USAGE, "section [%s] again, first in line %d",
                ARCHIVE, l->archive_line);
        return at_line(l, l->line_no);
    }
    l->archive_line = l->line_no;
    l->section = ARCHIVE;
    return 0;
}

/* A line in brackets opens a section; a bracket that is not closed is left
 * to libinih to refuse. */
static int
look_for_section(struct loader *l)
{
    const char *text = buf_str(&l->line);
    const char *p = text + strspn(text, " \t\r");
    const char *end = strchr(p, ']');
    char *name;
    int rc;

    if (*p != '[' || !end)
        return 0;
    text = end + 1 + strspn(end + 1, " \t\r");
    if (*text && *text != '#' && *text != ';') {
        err_set(l->err, ERR_USAGE, "text after the section");
        return at_line(l, l->line_no);
    }
    name = mem_strndup(p + 1, (size_t)(end - p - 1));
    rc = open_section(l, name);
    free(name);
    return rc;
}

/* The next line into l->line; 0 at the end of the file or of our patience. */
static bool
next_line(struct loader *l)
{
    size_t start = 0;
    int open = 0;

    buf_clear(&l->line);
    l->given = 0;
    if (l->p == l->end || l->has_failed)
        return false;
    l->line_no = l->next_line;
    do {
        take_line(l);
        if (!l->is_toml)
            break;
        open = toml_cut(&l->line, start, open);
        start = l->line.n;
    } while (open > 0 && l->p < l->end && memchr(l->line.p, '=', l->line.n));
    if (look_for_section(l) < 0)
        return false;
    buf_addc(&l->line, '\n');
    return true;
}

/* What libinih takes for fgets(). */
static char *
give_line(char *out, int size, void *stream)
{
    struct loader *l = stream;
    size_t n;

    if (l->given == l->line.n && !next_line(l))
        return NULL;
    n = l->line.n - l->given;
    if (n > (size_t)size - 1)
        n = (size_t)size - 1;
    memcpy(out, l->line.p + l->given, n);
    out[n] = '\0';
    l->given += n;
    return out;
}

/* --- keys -------------------------------------------------------------- */

/* x of x, x_file or x_command. */
static bool
is_secret_form(const char *key, const char *secret)
{
    size_t n = strlen(secret);

    return strncmp(key, secret, n) == 0 &&
           (!key[n] || strcmp(key + n, "_file") == 0 ||
            strcmp(key + n, "_command") == 0);
}

static bool
is_source_key(const struct config_rules *rules, const char *key)
{
    const char *const *secret = rules->secret_keys;

    for (; secret && *secret; secret++)
        if (is_secret_form(key, *secret))
            return true;
    return in_list(rules->source_keys, key) || strcmp(key, "provider") == 0 ||
           strcmp(key, "enabled") == 0;
}

static int
unknown_key(struct loader *l, const char *key)
{
    const char *const *secret = l->rules->secret_keys;
    struct list known = LIST_INIT;
    struct buf text = BUF_INIT;

    if (strcmp(l->section, ARCHIVE) == 0) {
        list_add_all(&known, l->rules->archive_keys);
        secret = NULL;
    } else {
        list_add_all(&known, l->rules->source_keys);
        list_add(&known, "provider");
        list_add(&known, "enabled");
    }
    for (; secret && *secret; secret++) {
        static const char *const ends[] = { "", "_file", "_command", NULL };

        for (size_t i = 0; ends[i]; i++) {
            buf_clear(&text);
            buf_addf(&text, "%s%s", *secret, ends[i]);
            list_add(&known, buf_str(&text));
        }
    }
    unknown(l, l->section, "unknown key", key, &known);
    list_free(&known);
    buf_free(&text);
    return -1;
}

static const struct setting *
find(const struct config *c, const char *section, const char *key)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->setting[i].section, section) == 0 &&
            strcmp(c->setting[i].key, key) == 0)
            return c->setting + i;
    return NULL;
}

/* Takes value over. */
static void
add_setting(struct loader *l, const char *key, char *value)
{
    struct config *c = l->config;

    if (*value && in_list(l->rules->secret_keys, key) &&
        strcmp(l->section, ARCHIVE) != 0)
        l->has_secret = true;
    c->setting = mem_resize(c->setting, c->n + 1, sizeof(*c->setting));
    c->setting[c->n++] = (struct setting){
        .section = mem_strdup(l->section),
        .key = mem_strdup(key),
        .value = value,
        .line = l->line_no,
    };
}

static int
handle(struct loader *l, const char *key, const char *value)
{
    const struct setting *before;
    struct buf plain = BUF_INIT;
    bool is_known;

    if (!l->section)
        return err_set(l->err, ERR_USAGE, "a key before the first [section]");
    is_known = strcmp(l->section, ARCHIVE) == 0
                   ? in_list(l->rules->archive_keys, key)
                   : is_source_key(l->rules, key);
    if (!is_known && l->is_toml && in_list(l->rules->other_keys, key)) {
        log_info("%s line %d: %s is not used", l->config->path, l->line_no,
                 key);
        return 0;
    }
    if (!is_known)
        return unknown_key(l, key);
    before = find(l->config, l->section, key);
    if (before)
        return err_set(l->err, ERR_USAGE, "[%s] %s again, first in line %d",
                       l->section, key, before->line);
    if (!l->is_toml) {
        buf_adds(&plain, value);
    } else if (toml_value(&plain, value) < 0) {
        buf_wipe(&plain);
        return err_set(l->err, ERR_USAGE,
                       "[%s] %s: not a string in quotes, a number, true, "
                       "false or a list of them",
                       l->section, key);
    }
    add_setting(l, key, buf_take(&plain));
    return 0;
}

/* libinih's handler: 1 to go on, 0 to stop. */
static int
on_key(void *user, const char *section, const char *key, const char *value)
{
    struct loader *l = user;

    (void)section; /* cut at 50 characters; ours is whole */
    if (l->is_skipping) {
        if (strcmp(key, "enabled") == 0 && strcmp(value, "false") == 0)
            l->is_off = true;
        return 1;
    }
    if (handle(l, key, value) == 0)
        return 1;
    at_line(l, l->line_no);
    return 0;
}

/* --- the whole file ---------------------------------------------------- */

/* What a section says its provider is must exist. */
static int
check_source(struct loader *l, size_t i)
{
    const char *name = l->config->source[i];
    const struct setting *said = find(l->config, name, "provider");
    const char *provider = said ? said->value : name;
    struct list known = LIST_INIT;

    if (in_list(l->rules->providers, provider))
        return 0;
    list_add_all(&known, l->rules->providers);
    if (in_list(l->rules->others, provider)) {
        err_set(l->err, ERR_USAGE,
                "[%s] this version does not have the provider %s yet", name,
                provider);
    } else if (said) {
        unknown(l, name, "unknown provider", provider, &known);
    } else {
        list_add(&known, ARCHIVE);
        unknown(l, name, "no provider is called", name, &known);
        if (!text_nearest(name, list_get, &known))
            err_hint(l->err, "say which one it is: provider = NAME");
    }
    list_free(&known);
    return at_line(l, said ? said->line : l->source_line[i]);
}

static int
parse(struct loader *l)
{
    ini_use_stack = false;
    ini_allow_realloc = true;
    ini_max_line = 4 * CONFIG_MAX;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_stop_on_first_error = true;
    if (ini_parse_stream(give_line, l, on_key, l) != 0 && !l->has_failed) {
        err_set(l->err, ERR_USAGE, "neither a [section] nor key = value");
        at_line(l, l->line_no);
    }
    if (l->has_failed)
        return -1;
    end_table(l);
    for (size_t i = 0; i < l->config->source_n; i++)
        if (check_source(l, i) < 0)
            return -1;
    return 0;
}

static int
warn_if_open(const char *path, struct err *e)
{
    struct stat st;

    if (fs_stat(&st, path, e) < 0)
        return -1;
    if (st.st_mode & 077)
        log_warn("%s holds a secret and others can read it (mode %04o); "
                 "chmod 600 it",
                 path, (unsigned)(st.st_mode & 0777));
    return 0;
}

static int
load_text(struct loader *l, const struct buf *text)
{
    static const char mark[] = "\xef\xbb\xbf";

    l->p = text->p;
    l->end = text->p + text->n;
    if (memchr(text->p, '\0', text->n))
        return err_set(l->err, ERR_USAGE, "%s is no text file",
                       l->config->path);
    if (text->n >= 3 && memcmp(text->p, mark, 3) == 0)
        l->p += 3;
    if (parse(l) < 0)
        return -1;
    return l->has_secret ? warn_if_open(l->config->path, l->err) : 0;
}

int
config_load(struct config *c, const char *path,
            const struct config_rules *rules, struct err *e)
{
    struct loader l = {
        .config = c,
        .rules = rules,
        .err = e,
        .next_line = 1,
        .is_toml = text_ends(path, ".toml"),
    };
    struct buf text = BUF_INIT;
    int rc;

    *c = (struct config)CONFIG_INIT;
    c->path = mem_strdup(path);
    (void)buf_room(&text, USUAL_MAX);
    rc = fs_read(&text, path, CONFIG_MAX, e);
    if (rc == 0)
        rc = load_text(&l, &text);
    if (rc < 0) {
        e->kind = ERR_USAGE;
        config_free(c);
    }
    free(l.source_line);
    buf_wipe(&l.line);
    buf_wipe(&text);
    return rc;
}

/* A place that cannot be looked at (a home that a service may not see) is no
 * reason to fail, as nobody asked for it. */
static bool
is_there(const char *path)
{
    struct err e = ERR_INIT;
    struct stat st;
    int rc = fs_stat(&st, path, &e);

    if (rc < 0)
        log_info("%s", e.text);
    return rc > 0;
}

int
config_find(char **path, const char *given, struct err *e)
{
    struct buf xdg = BUF_INIT;
    struct buf dir = BUF_INIT;
    const char *found = NULL;
    struct stat st;
    int rc;

    *path = NULL;
    if (given) {
        rc = fs_stat(&st, given, e);
        if (rc == 0)
            return err_set(e, ERR_USAGE, "there is no config file %s", given);
        if (rc < 0)
            e->kind = ERR_USAGE;
        else
            *path = mem_strdup(given);
        return rc;
    }
    if (*dirs_config(&dir))
        fs_join(&xdg, buf_str(&dir), "wearchive/wearchive.conf");
    if (is_there("wearchive.conf"))
        found = "wearchive.conf";
    else if (xdg.n && is_there(buf_str(&xdg)))
        found = buf_str(&xdg);
    else if (is_there("health-sync.toml"))
        found = "health-sync.toml";
    *path = mem_strdup(found);
    buf_free(&dir);
    buf_free(&xdg);
    return found != NULL;
}

bool
config_has_source(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->source_n; i++)
        if (text_is(c->source[i], name))
            return true;
    return false;
}

const char *
config_get(const struct config *c, const char *section, const char *key)
{
    const struct setting *s = find(c, section, key);

    return s ? s->value : NULL;
}

int
config_bool(bool *out, const struct config *c, const char *section,
            const char *key, bool fallback, struct err *e)
{
    static const char *const yes[] = { "yes", "true", "on", "1", NULL };
    static const char *const no[] = { "no", "false", "off", "0", NULL };
    const char *value = config_get(c, section, key);

    *out = fallback;
    if (!value)
        return 0;
    if (!in_list(yes, value) && !in_list(no, value))
        return config_bad(e, c, section, key, "yes or no is wanted");
    *out = in_list(yes, value);
    return 0;
}

int
config_int(int *out, const struct config *c, const char *section,
           const char *key, int low, int high, int fallback, struct err *e)
{
    const char *value = config_get(c, section, key);
    char what[80];
    int64_t n;

    *out = fallback;
    if (!value)
        return 0;
    if (num_str(&n, value) == 0 && n >= low && n <= high) {
        *out = (int)n;
        return 0;
    }
    (void)snprintf(what, sizeof(what), "a whole number from %d to %d is wanted",
                   low, high);
    return config_bad(e, c, section, key, what);
}

/* Also true for a few that are not: no harm, their value is just not shown. */
static bool
may_be_secret(const char *key)
{
    static const char *const words[] = { "token", "secret", "pass", "key",
                                         "command" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strstr(key, words[i]))
            return true;
    return false;
}

int
config_bad(struct err *e, const struct config *c, const char *section,
           const char *key, const char *what)
{
    const struct setting *s = find(c, section, key);

    if (s && !may_be_secret(key))
        err_set(e, ERR_USAGE, "[%s] %s = %s: %s", section, key, s->value, what);
    else
        err_set(e, ERR_USAGE, "[%s] %s: %s", section, key, what);
    if (s && c->path)
        return err_in(e, "%s line %d", c->path, s->line);
    return c->path ? err_in(e, "%s", c->path) : -1;
}

char *
config_path(const struct config *c, const char *value)
{
    const char *slash = c->path ? strrchr(c->path, '/') : NULL;
    const char *home = text_starts(value, "~/") ? dirs_env("HOME") : NULL;
    struct buf out = BUF_INIT;

    if (home)
        buf_adds(&out, home);
    else if (slash && value[0] != '/')
        buf_add(&out, c->path, (size_t)(slash - c->path) + 1);
    buf_adds(&out, home ? value + 1 : value);
    return buf_take(&out);
}

void
config_free(struct config *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct setting *s = c->setting + i;

        mem_wipe(s->value, strlen(s->value));
        free(s->value);
        free(s->key);
        free(s->section);
    }
    for (size_t i = 0; i < c->source_n; i++)
        free(c->source[i]);
    free(c->setting);
    free(c->source);
    free(c->path);
    *c = (struct config)CONFIG_INIT;
}
