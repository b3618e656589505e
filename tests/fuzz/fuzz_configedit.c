/*
 * Any text as a config file in which a source is turned on, and an application
 * set. If it is one that can be loaded: where it is so already no byte changes;
 * else one piece does, and then it is so. The first byte chooses INI or TOML.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "fuzz.h"
#include "store/config.h"
#include "store/configedit.h"

/* Of the old text nothing is missing but, in its place, a value. */
static void
check_piece(const char *p, size_t n, bool is_toml, const struct buf *after)
{
    size_t start = 0, end = 0;

    while (start < n && start < after->n && p[start] == after->p[start])
        start++;
    while (end < n - start && end < after->n - start &&
           p[n - end - 1] == after->p[after->n - end - 1])
        end++;
    REQUIRE(is_toml || !memchr(p + start, '\n', n - start - end));
}

static const char *const archive_keys[] = { "dir", NULL };
static const char *const source_keys[] = { "client_id", "categories", NULL };
static const char *const providers[] = { "oura", "whoop", NULL };
static const struct config_rules rules = {
    .archive_keys = archive_keys,
    .source_keys = source_keys,
    .providers = providers,
};

/* The text can be loaded and, if value is given, has it. */
static bool
loads(const char *p, size_t n, bool is_toml, const struct config_edit *edit)
{
    const char *name = is_toml ? "a.toml" : "a.conf";
    struct config c = CONFIG_INIT;
    struct err e = ERR_INIT;
    char *path = scratch_path(name);
    bool is_good;

    scratch_write(name, p, n);
    is_good = config_load(&c, path, &rules, &e) == 0;
    if (is_good && edit && edit->key) {
        const char *got = config_get(&c, edit->section, edit->key);

        REQUIRE(got);
        REQUIRE(strcmp(got, edit->value) == 0 || strcmp(got, "true") == 0);
    }
    config_free(&c);
    free(path);
    return is_good;
}

static void
check(const char *p, size_t n, bool is_toml, const struct config_edit *edit)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;
    struct err e = ERR_INIT;
    int rc = configedit_text(&once, p, n, is_toml, edit, &e);

    REQUIRE(rc >= 0 || is_toml);
    if (rc < 0 || !loads(p, n, is_toml, NULL)) {
        buf_free(&once);
        return;
    }
    REQUIRE(loads(once.p, once.n, is_toml, edit));
    if (rc == 0)
        REQUIRE_SAME(p, n, once.p, once.n);
    else
        check_piece(p, n, is_toml, &once);
    REQUIRE(configedit_text(&twice, once.p, once.n, is_toml, edit, &e) == 0);
    REQUIRE_SAME(once.p, once.n, twice.p, twice.n);
    buf_free(&once);
    buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct config_edit edits[] = {
        { "oura", "enabled", "yes" },
        { "oura", "client_id", "a = \"b\" # c" },
        { "oura", NULL, NULL },
    };
    const char *p = (const char *)data;

    log_set_level(LOG_QUIET);
    if (size == 0 || memchr(p, '\0', size))
        return 0;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++)
        check(p + 1, size - 1, *p % 2 != 0, &edits[i]);
    return 0;
}
