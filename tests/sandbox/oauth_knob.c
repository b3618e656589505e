#include "oauth_knob.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "oauth_fail.h"
#include "oauth_state.h"

const char knobs_help[] =
    "knobs of the authorization servers; oauth.oura.KNOB for one provider:\n"
    "  client, secret      of the application; client empty: any\n"
    "  redirect            the registered redirect URI; empty: any\n"
    "  user, password      of a password grant\n"
    "  consent             page, click (a script presses Allow), allow, deny\n"
    "  portal              both, new, old: Oura's server that knows the "
    "client\n"
    "  iss                 issuer in the callback of the new server\n"
    "  access-life, code-life, refresh-life   seconds; 0 refresh-life: for "
    "ever\n"
    "  grace               seconds that a spent refresh token still works\n"
    "  reuse               kill, refuse: what a spent refresh token does\n"
    "  login-limit         password grants an hour; 0: any\n"
    "  same-args           601 for the same request within so many seconds\n"
    "  expire-after        all access tokens end after so many data "
    "requests\n"
    "  slow                milliseconds until a token answer, once done\n"
    "  quotes              1: error texts repeat the secret that was sent\n"
    "  pad                 bytes that tokens are made longer by\n"
    "  clock               seconds to go on\n"
    "  expire, kill, forget   1: end access tokens, logins, counts\n"
    "  log                 file for a line per grant\n"
    "  fail                NAME[:TIMES[:GRANT[:SKIP]]], NAME one of\n"
    "                      " FAIL_NAMES "\n";

static const char *const consents[] = { "page", "click", "allow", "deny",
                                        NULL };
static const char *const portals[] = { "both", "new", "old", NULL };
static const char *const reuses[] = { "kill", "refuse", NULL };

/* A knob is a number, one of some words, or a text. */
struct knob {
    const char *name;
    size_t at; /* in struct knobs */
    const char *const *words;
    bool is_text;
};

#define AT(member) offsetof(struct knobs, member)

static const struct knob knobs[] = {
    { "client", AT(client), NULL, true },
    { "secret", AT(secret), NULL, true },
    { "redirect", AT(redirect), NULL, true },
    { "user", AT(user), NULL, true },
    { "password", AT(password), NULL, true },
    { "iss", AT(iss), NULL, true },
    { "consent", AT(consent), consents, false },
    { "portal", AT(portal), portals, false },
    { "reuse", AT(refuse_reuse), reuses, false },
    { "access-life", AT(access_life), NULL, false },
    { "code-life", AT(code_life), NULL, false },
    { "refresh-life", AT(refresh_life), NULL, false },
    { "grace", AT(grace), NULL, false },
    { "login-limit", AT(login_limit), NULL, false },
    { "same-args", AT(same_args), NULL, false },
    { "expire-after", AT(expire_after), NULL, false },
    { "slow", AT(slow_ms), NULL, false },
    { "quotes", AT(quotes), NULL, false },
    { "pad", AT(pad), NULL, false },
};

enum { KNOBS = sizeof(knobs) / sizeof(knobs[0]) };

void
knobs_init(struct oauth *o)
{
    for (size_t i = 0; i < DIALECTS; i++) {
        const struct dialect *d = &dialects[i];

        /* The application of a password grant is the provider's own. */
        o->of[i].knobs = (struct knobs){
            .access_life = d->access_life,
            .code_life = d->code_life,
            .grace = d->grace,
            .client = mem_strdup(d->scopes ? "4711" : ""),
            .secret = mem_strdup("CANARY-client-secret"),
            .redirect = mem_strdup(""),
            .user = mem_strdup("sam@example.com"),
            .password = mem_strdup("CANARY-password"),
            .iss = mem_strdup("https://moi.ouraring.com/oauth/v2/ext/"
                              "oauth-anonymous"),
        };
    }
}

static int
word_of(int64_t *out, const char *const *words, const char *text)
{
    for (size_t i = 0; words[i]; i++) {
        if (text_is(words[i], text)) {
            *out = (int64_t)i;
            return 0;
        }
    }
    return -1;
}

static int
turn(struct knobs *of, const struct knob *k, const char *value)
{
    char *at = (char *)of + k->at;
    int64_t number;

    if (k->is_text) {
        char *text = mem_strdup(value);

        free(*(char **)(void *)at);
        memcpy(at, &text, sizeof(text));
        return 0;
    }
    if (k->words ? word_of(&number, k->words, value) < 0
                 : num_str(&number, value) < 0 || number < 0)
        return -1;
    memcpy(at, &number, sizeof(number));
    return 0;
}

/* What happens once instead of being kept. */
static int
act(struct oauth *o, const struct dialect *d, const char *name,
    const char *value)
{
    if (text_is(name, "fail"))
        return failures_add(o->failures, d, value);
    if (text_is(name, "forget"))
        state_of(o, d)->counts = (struct counts){ .authorized = 0 };
    else if (text_is(name, "expire"))
        state_end_access(o, d, SIZE_MAX);
    else if (text_is(name, "kill"))
        for (size_t i = 0; i < o->families_n; i++)
            o->families[i].is_dead |= o->families[i].dialect == d;
    else
        return -1;
    return 0;
}

static int
set_one(struct oauth *o, const struct dialect *d, const char *name,
        const char *value)
{
    for (size_t i = 0; i < KNOBS; i++) {
        if (text_is(knobs[i].name, name))
            return turn(&state_of(o, d)->knobs, &knobs[i], value);
    }
    return act(o, d, name, value);
}

static int
set_log(struct oauth *o, const char *path)
{
    if (o->log_fd >= 0)
        (void)close(o->log_fd);
    o->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return o->log_fd < 0 ? -1 : 0;
}

int
knobs_set(struct oauth *o, const char *key, const char *value)
{
    const char *dot = strchr(key, '.');
    int64_t seconds;
    int rc = 0;

    if (text_is(key, "log"))
        return set_log(o, value);
    if (text_is(key, "clock")) {
        if (num_str(&seconds, value) < 0)
            return -1;
        o->skew += seconds;
        return 0;
    }
    if (dot) {
        char *name = mem_strndup(key, (size_t)(dot - key));
        const struct dialect *d = dialect_named(name);

        free(name);
        return d ? set_one(o, d, dot + 1, value) : -1;
    }
    for (size_t i = 0; i < DIALECTS && rc == 0; i++)
        rc = set_one(o, &dialects[i], key, value);
    return rc;
}
