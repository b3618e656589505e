#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "store/config.h"
#include "store/configedit.h"
#include "tempdir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BOM "\xef\xbb\xbf"

static void
test_text(void **state)
{
    static const struct {
        const char *before;
        struct config_edit edit;
        const char *after;
    } rows[] = {
        /* the value in its place */
        { "[oura]\nenabled = no\n# x\n",
          { "oura", "enabled", "yes" },
          "[oura]\nenabled = yes\n# x\n" },
        { BOM "[oura]\r\n  enabled=no \t\r\nformat = csv",
          { "oura", "enabled", "yes" },
          BOM "[oura]\r\n  enabled=yes \t\r\nformat = csv" },
        { "[a]\nenabled = no\n[oura]\nenabled : no\n[b]\nenabled = no\n",
          { "oura", "enabled", "yes" },
          "[a]\nenabled = no\n[oura]\nenabled : yes\n[b]\nenabled = no\n" },
        { " [ oura ] ; x\nenabled =\r\n",
          { "oura", "enabled", "yes" },
          " [ oura ] ; x\nenabled = yes\r\n" },
        { "[oura]\nenabled=",
          { "oura", "enabled", "yes" },
          "[oura]\nenabled=yes" },
        { "[oura]\nclient_id = a # b; = c\n",
          { "oura", "client_id", "d" },
          "[oura]\nclient_id = d\n" },
        /* behind the last setting, written like that one */
        { "[oura]\n# enabled = no\nformat = csv\n#enabled = no\n\n# B\n[b]\n",
          { "oura", "enabled", "yes" },
          "[oura]\n# enabled = no\nformat = csv\nenabled = yes\n"
          "#enabled = no\n\n# B\n[b]\n" },
        { "[oura]\r\n\tformat=csv\r\n\r\n[b]\r\n",
          { "oura", "enabled", "yes" },
          "[oura]\r\n\tformat=csv\r\n\tenabled=yes\r\n\r\n[b]\r\n" },
        { "[oura]\nformat = csv",
          { "oura", "enabled", "yes" },
          "[oura]\nformat = csv\nenabled = yes" },
        { "[oura]\nformat =\n",
          { "oura", "enabled", "yes" },
          "[oura]\nformat =\nenabled = yes\n" },
        /* behind the header */
        { "\n[oura]\n# The account.\n#enabled = no\n",
          { "oura", "enabled", "yes" },
          "\n[oura]\nenabled = yes\n# The account.\n#enabled = no\n" },
        { "[oura]", { "oura", "enabled", "yes" }, "[oura]\nenabled = yes" },
        /* a new section */
        { "", { "oura", "enabled", "yes" }, "[oura]\nenabled = yes\n" },
        { "#[oura]\r\n[b]\r\n",
          { "oura", "enabled", "yes" },
          "#[oura]\r\n[b]\r\n\r\n[oura]\r\nenabled = yes\r\n" },
        { "[b]", { "oura", NULL, NULL }, "[b]\n\n[oura]\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;

        assert_int_equal(configedit_text(&out, rows[i].before,
                                         strlen(rows[i].before), false,
                                         &rows[i].edit, &e),
                         1);
        assert_string_equal(buf_str(&out), rows[i].after);
        /* once more: no change */
        buf_clear(&out);
        assert_int_equal(configedit_text(&out, rows[i].after,
                                         strlen(rows[i].after), false,
                                         &rows[i].edit, &e),
                         0);
        assert_string_equal(buf_str(&out), rows[i].after);
        buf_free(&out);
    }
}

static void
test_toml(void **state)
{
    static const struct {
        const char *before;
        struct config_edit edit;
        const char *after;
    } rows[] = {
        { "[oura]\nenabled = false # not yet\n",
          { "oura", "enabled", "yes" },
          "[oura]\nenabled = true # not yet\n" },
        { "[oura]\nclient_id = \"a # b\"\t# c\n",
          { "oura", "client_id", "x\\y\"z" },
          "[oura]\nclient_id = \"x\\\\y\\\"z\"\t# c\n" },
        { "[oura]\ncategories = [\n  \"a\", # [\n  \"b\",\n]\n\n[b]\n",
          { "oura", "enabled", "yes" },
          "[oura]\ncategories = [\n  \"a\", # [\n  \"b\",\n]\nenabled = true\n"
          "\n[b]\n" },
        { "[oura]\ncategories = [\n  \"a\", # [\n  \"b\",\n] # c\nformat = 'x'",
          { "oura", "categories", "sleep workout" },
          "[oura]\ncategories = \"sleep workout\" # c\nformat = 'x'" },
        { "[app]\nlist = [\n[\"oura\"]\n]\n[oura]\n",
          { "oura", "enabled", "yes" },
          "[app]\nlist = [\n[\"oura\"]\n]\n[oura]\nenabled = true\n" },
    };
    static const char same[] = "[oura]\nclient_id = 'x'\nenabled = true\n";
    static const struct config_edit no_edit[] = {
        { "oura", "client_id", "x" },
        { "oura", "enabled", "true" },
        { "oura", NULL, NULL },
    };
    struct buf out = BUF_INIT;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        assert_int_equal(configedit_text(&out, rows[i].before,
                                         strlen(rows[i].before), true,
                                         &rows[i].edit, &e),
                         1);
        assert_string_equal(buf_str(&out), rows[i].after);
    }
    for (size_t i = 0; i < COUNT(no_edit); i++) {
        buf_clear(&out);
        assert_int_equal(
            configedit_text(&out, same, strlen(same), true, &no_edit[i], &e),
            0);
        assert_string_equal(buf_str(&out), same);
    }
    buf_free(&out);
}

static void
test_refused(void **state)
{
    static const char *const values[] = { " x", "x ", "x\t", "a\nb", "\x7f" };

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct config_edit edit = { "oura", "client_secret", values[i] };
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;

        assert_int_equal(configedit_text(&out, "", 0, false, &edit, &e), -1);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_int_equal(out.n, 0);
    }
}

/* [app] is left out by config_load(), whatever is in it. */
static void
test_no_place(void **state)
{
    static const char text[] = "[app]\nlist = [\n";
    static const struct {
        struct config_edit edit;
        const char *hint;
    } rows[] = {
        { { "oura", "enabled", "yes" }, "set enabled in [oura] yourself" },
        { { "oura", NULL, NULL }, "add [oura] yourself" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct err e = ERR_INIT;

        buf_adds(&out, "<");
        assert_int_equal(
            configedit_text(&out, text, strlen(text), true, &rows[i].edit, &e),
            -1);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_string_equal(e.hint, rows[i].hint);
        assert_string_equal(buf_str(&out), "<");
        buf_free(&out);
    }
}

/* --- any file ------------------------------------------------------------ */

static const char *const archive_keys[] = { "dir", "format", NULL };
static const char *const source_keys[] = { "client_id", "format", NULL };
static const char *const providers[] = { "oura", "whoop", NULL };

static const struct config_rules rules = {
    .archive_keys = archive_keys,
    .source_keys = source_keys,
    .providers = providers,
};

static uint64_t seed = 20240301;

static uint32_t
dice(uint32_t sides)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(seed >> 33) % sides;
}

#define ANY(list) list[dice((uint32_t)COUNT(list))]

/* Lines that are no settings. */
static void
add_noise(struct buf *out, const char *eol)
{
    static const char *const lines[] = {
        "", "# enabled = no", "  ; [oura]", "#[oura]", "\t", "# last",
    };

    for (uint32_t n = dice(4); n > 0; n--)
        buf_addf(out, "%s%s", ANY(lines), eol);
}

static void
add_settings(struct buf *out, const char *const *keys, bool is_toml,
             const char *eol)
{
    static const char *const equal[] = { "=", " = ", "\t= ", " =", "= " };
    static const char *const indent[] = { "", "", "", " ", "\t" };
    static const char *const ini[] = { "", "no", "a = b", "[x]", "yes  " };
    static const char *const toml[] = {
        "\"no\"",           "false", "'a = # b' # c",
        "[ \"a\", \"]\" ]", "1",     "[ # x\n  'a',\n 'b' ] # y",
    };

    for (; *keys; keys++) {
        add_noise(out, eol);
        if (dice(2))
            buf_addf(out, "%s%s%s%s%s", ANY(indent), *keys, ANY(equal),
                     is_toml ? ANY(toml) : ANY(ini), eol);
    }
    add_noise(out, eol);
}

static void
make_config(struct buf *out, bool is_toml)
{
    static const char *const all_source_keys[] = { "enabled", "client_id",
                                                   "format", NULL };
    static const char *const sources[] = { "oura", "whoop" };
    const char *eol = dice(2) ? "\n" : "\r\n";

    if (dice(3) == 0)
        buf_adds(out, BOM);
    add_noise(out, eol);
    if (dice(2)) {
        buf_addf(out, "[archive]%s", eol);
        add_settings(out, archive_keys, is_toml, eol);
    }
    for (size_t i = 0; i < COUNT(sources); i++) {
        if (dice(4) == 0)
            continue;
        buf_addf(out, "%s[%s]%s", dice(4) ? "" : " ", sources[i], eol);
        add_settings(out, all_source_keys, is_toml, eol);
    }
    if (out->n > 2 && out->p[out->n - 1] == '\n' && dice(3) == 0)
        out->n -= strlen(eol);
}

/* Each setting of a is in b, but for the edited one. */
static void
assert_kept(const struct config *a, const struct config *b,
            const struct config_edit *edit)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct setting *s = a->setting + i;

        if (!text_is(s->section, edit->section) || !text_is(s->key, edit->key))
            assert_string_equal(config_get(b, s->section, s->key), s->value);
    }
}

/* One piece of the text is new, and nothing of the old is missing but the
 * value. */
static void
assert_one_piece(const struct buf *before, const struct buf *after,
                 const char *old_value, bool is_toml)
{
    size_t start = 0, end = 0;

    while (start < before->n && start < after->n &&
           before->p[start] == after->p[start])
        start++;
    while (end < before->n - start && end < after->n - start &&
           before->p[before->n - end - 1] == after->p[after->n - end - 1])
        end++;
    if (!old_value)
        assert_int_equal(start + end, before->n);
    else if (!is_toml)
        assert_true(start + end >= before->n - strlen(old_value));
}

static void
load(struct config *c, const char *name, struct buf *text)
{
    struct err e = ERR_INIT;

    tempdir_write(name, buf_str(text));
    if (config_load(c, in_tempdir(name), &rules, &e) < 0)
        fail_msg("%s: %s", e.text, buf_str(text));
}

static void
test_property(void **state)
{
    static const struct config_edit edits[] = {
        { "oura", "enabled", "yes" },
        { "oura", "client_id", "with = and # in it" },
        { "whoop", "enabled", "yes" },
        { "archive", "format", "csv,raw" },
    };

    (void)state;
    for (int i = 0; i < 4000; i++) {
        const struct config_edit *edit = &ANY(edits);
        bool is_toml = dice(2);
        const char *name = is_toml ? "a.toml" : "a.conf";
        struct buf before = BUF_INIT, after = BUF_INIT;
        struct config a = CONFIG_INIT, b = CONFIG_INIT;
        struct err e = ERR_INIT;
        const char *value;

        make_config(&before, is_toml);
        assert_true(configedit_text(&after, before.p, before.n, is_toml, edit,
                                    &e) >= 0);
        load(&a, name, &before);
        load(&b, name, &after);
        value = config_get(&b, edit->section, edit->key);
        if (!text_is(value, edit->value) &&
            !(is_toml && text_is(value, "true") && text_is(edit->value, "yes")))
            fail_msg("%s", buf_str(&after));
        assert_kept(&a, &b, edit);
        assert_kept(&b, &a, edit);
        assert_one_piece(&before, &after,
                         config_get(&a, edit->section, edit->key), is_toml);
        config_free(&a);
        config_free(&b);
        buf_free(&before);
        buf_free(&after);
    }
}

/* --- a file -------------------------------------------------------------- */

static mode_t
mode_of(const char *name)
{
    struct stat st;

    assert_int_equal(lstat(in_tempdir(name), &st), 0);
    return st.st_mode;
}

static void
set(const char *name, const char *key)
{
    struct config_edit edit = { "oura", key, "yes" };
    struct err e = ERR_INIT;

    if (configedit_set(in_tempdir(name), &edit, &e) < 0)
        fail_msg("%s", e.text);
}

static void
test_file(void **state)
{
    static const struct {
        mode_t before, after;
    } modes[] = { { 0644, 0600 }, { 0400, 0400 }, { 0700, 0600 } };

    (void)state;
    set("fresh.conf", "enabled");
    assert_string_equal(tempdir_read("fresh.conf"), "[oura]\nenabled = yes\n");
    assert_int_equal(mode_of("fresh.conf") & 07777, 0600);
    for (size_t i = 0; i < COUNT(modes); i++) {
        (void)unlink(in_tempdir("a.conf"));
        tempdir_write("a.conf", "[oura]\nenabled = no\n");
        assert_int_equal(chmod(in_tempdir("a.conf"), modes[i].before), 0);
        set("a.conf", "enabled");
        assert_string_equal(tempdir_read("a.conf"), "[oura]\nenabled = yes\n");
        assert_int_equal(mode_of("a.conf") & 07777, modes[i].after);
    }
    tempdir_write("health-sync.toml", "[oura]\nenabled = false\n");
    set("health-sync.toml", "enabled");
    assert_string_equal(tempdir_read("health-sync.toml"),
                        "[oura]\nenabled = true\n");
    assert_false(tempdir_has("a.conf.new"));
}

static void
test_link(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_tempdir("dir"), 0700), 0);
    tempdir_write("dir/real", "[oura]\nenabled = no\n");
    assert_int_equal(symlink("dir/real", in_tempdir("a.conf")), 0);
    set("a.conf", "enabled");
    assert_true(S_ISLNK(mode_of("a.conf")));
    assert_string_equal(tempdir_read("dir/real"), "[oura]\nenabled = yes\n");
}

/* No byte is written if there is nothing to change. */
static void
test_untouched(void **state)
{
    struct stat before, after;

    (void)state;
    tempdir_write("a.conf", "[oura]\nenabled = yes\n");
    assert_int_equal(stat(in_tempdir("a.conf"), &before), 0);
    set("a.conf", "enabled");
    set("a.conf", NULL);
    assert_int_equal(stat(in_tempdir("a.conf"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

static void
test_failure(void **state)
{
    struct config_edit edit = { "oura", "enabled", "yes" };
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(mkdir(in_tempdir("a.conf"), 0700), 0);
    assert_int_equal(configedit_set(in_tempdir("a.conf"), &edit, &e), -1);
    assert_int_equal(e.kind, ERR_IO);
    assert_int_equal(configedit_set(in_tempdir("no/a.conf"), &edit, &e), -1);
    assert_int_equal(e.kind, ERR_IO);
    assert_true(text_starts(e.text, "config: "));
}

int
main(void)
{
#define FILE_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, tempdir_make, tempdir_remove)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),    cmocka_unit_test(test_toml),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_no_place),
        FILE_TEST(test_property),       FILE_TEST(test_file),
        FILE_TEST(test_link),           FILE_TEST(test_untouched),
        FILE_TEST(test_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
