#include "cmd/auth.h"

#include <stdlib.h>

#include "auth/client.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/client.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/options.h"
#include "cmd/setup.h"
#include "engine/source.h"
#include "provider/registry.h"
#include "spec/provider.h"
#include "sys/core.h"

static const struct {
    const char *word;
    int (*run)(struct auth *a, struct err *e);
} words[] = {
    { "refresh", auth_refresh },
    { "logout", auth_log_out },
    { "export", auth_export },
    { "import", auth_import },
};

/* Options that belong to a login. */
static int
check(const struct options *o, bool is_login, bool is_status, struct err *e)
{
    int ways = o->no_browser + o->print_url + (o->callback_url.n > 0);

    if (ways > 1)
        return err_set(e, ERR_USAGE,
                       "auth: --no-browser, --print-url and "
                       "--callback-url: give one");
    if (!is_login && (ways || o->timeout_s || o->listen_port >= 0))
        return err_set(e, ERR_USAGE, "auth %s takes no such option",
                       o->words.item[0]);
    if (o->old_key_file && !(o->words.n && text_is(o->words.item[0], "rekey")))
        return err_set(e, ERR_USAGE,
                       "auth: --old-key-file goes with auth rekey");
    if (!is_status && o->json)
        return err_set(e, ERR_USAGE, "auth: --json goes with auth status");
    return 0;
}

static int
with_source(struct auth *a, const char *name,
            int (*run)(struct auth *a, struct err *e), struct err *e)
{
    struct source source = { .name = NULL };
    int rc = setup_one(&source, a->s, name, a->o, e);

    a->source = &source;
    if (rc == 0 && !source.provider->login)
        rc = err_set(e, ERR_USAGE, "%s: there is no login; give %s in [%s]",
                     name, source.provider->token_key, name);
    if (rc == 0)
        rc = client_of(&source, &a->s->config, e);
    if (rc == 0)
        rc = run(a, e);
    a->source = NULL;
    source_free(&source);
    return rc;
}

static int
no_source(const char *word, struct err *e)
{
    if (word)
        (void)err_set(e, ERR_USAGE, "auth %s: of which source?", word);
    else
        (void)err_set(e, ERR_USAGE, "auth: of which source?");
    return err_hint(e,
                    "wearchive auth %s%sSOURCE; wearchive auth status "
                    "lists them",
                    word ? word : "", word ? " " : "");
}

/* A login may outlive its section. 1: it is gone now, 0: not such a one. */
static int
forget(struct auth *a, struct err *e)
{
    const struct list *given = &a->o->words;
    const char *name = given->n > 1 ? given->item[1] : NULL;

    if (!name || !text_is(given->item[0], "logout") || registry_find(name) ||
        config_has_source(&a->s->config, name))
        return 0;
    return auth_forget(a, name, e);
}

static int
run(struct auth *a, struct err *e)
{
    const struct list *given = &a->o->words;
    const char *first = given->n ? given->item[0] : NULL;
    int rc = forget(a, e);

    if (rc != 0)
        return rc < 0 ? -1 : EXIT_OK;

    if (text_is(first, "status"))
        return check(a->o, false, true, e) < 0 ? -1 : auth_status(a, e);
    if (text_is(first, "rekey"))
        return check(a->o, false, false, e) < 0 ? -1 : auth_rekey(a, e);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (!text_is(first, words[i].word))
            continue;
        if (given->n < 2)
            return no_source(first, e);
        if (check(a->o, false, false, e) < 0)
            return -1;
        return with_source(a, given->item[1], words[i].run, e);
    }
    if (!first)
        return no_source(NULL, e);
    if (given->n > 1)
        return err_set(e, ERR_USAGE, "auth %s: one word too many: %s", first,
                       given->item[1]);
    if (check(a->o, true, false, e) < 0)
        return -1;
    return with_source(a, first, auth_log_in, e);
}

int
cmd_auth(const struct options *o, struct err *e)
{
    struct setup s = SETUP_INIT;
    struct auth a = { .o = o, .s = &s };
    int rc = setup_load(&s, o, SETUP_PATHS, e);

    core_none();
    if (rc == 0)
        rc = run(&a, e);
    setup_free(&s);
    return rc;
}
