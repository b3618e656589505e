#include "spec/logincheck.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "spec/oauth.h"
#include "spec/provider.h"

/* RFC 7636 gives verifiers 128 characters at most; state need not be longer. */
enum { STATE_MIN = 8, STATE_MAX = 128 };

static bool
is_https(const char *s)
{
    static const char scheme[] = "https://";

    return s && text_starts(s, scheme) && s[strlen(scheme)] &&
           !strpbrk(s, " \t\r\n?#");
}

static int
check_servers(const struct oauth *l, struct err *e)
{
    if (!is_https(l->server[0].token_url))
        return err_set(e, ERR_DATA, "token_url is not an https address");
    for (size_t i = 0; i < OAUTH_SERVERS && l->server[i].token_url; i++) {
        const struct oauth_server *s = &l->server[i];

        if (!is_https(s->token_url))
            return err_set(e, ERR_DATA, "token_url is not an https address");
        if ((s->revoke == OAUTH_REVOKE_NONE) != (s->revoke_url == NULL) ||
            (s->revoke_url && *s->revoke_url != '/' &&
             !is_https(s->revoke_url)))
            return err_set(e, ERR_DATA, "revoke_url does not go with revoke");
        if (s->issuer && !is_https(s->issuer))
            return err_set(e, ERR_DATA, "issuer is not an https address");
    }
    return 0;
}

static int
check_lists(const struct oauth *l, struct err *e)
{
    const struct oauth_param *const list[] = {
        l->authorize_extra,
        l->token_extra,
        l->refresh_extra,
    };

    for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
        for (const struct oauth_param *p = list[i]; p && p->name; p++)
            if (!*p->name || !p->value)
                return err_set(e, ERR_DATA, "extra: a parameter is not whole");
    for (const struct oauth_word *w = l->words; w && w->at; w++)
        if (!*w->at || !w->word || !*w->word)
            return err_set(e, ERR_DATA, "words: one is not whole");
    return 0;
}

static int
check_times(const struct oauth *l, struct err *e)
{
    if (l->lifetime_s < 1 || l->margin_s < 0 || l->margin_s > l->lifetime_s)
        return err_set(e, ERR_DATA, "margin_s does not go with lifetime_s");
    if (l->grace_s < 0 || l->refresh_s < 0 || l->code_retry_s < 0)
        return err_set(e, ERR_DATA, "seconds below zero");
    if (l->client == OAUTH_CLIENT_SIGNED && !is_https(l->nonce_url))
        return err_set(e, ERR_DATA, "nonce_url is not an https address");
    return 0;
}

/* What a browser is sent to, and comes back with. */
static int
check_code(const struct oauth *l, struct err *e)
{
    if (!is_https(l->authorize_url))
        return err_set(e, ERR_DATA, "authorize_url is not an https address");
    if (!l->redirect_uri || !text_starts(l->redirect_uri, "http"))
        return err_set(e, ERR_DATA, "redirect_uri is not an address");
    if (l->scopes && (!*l->scopes || strchr(l->scopes, ',')))
        return err_set(e, ERR_DATA, "scopes are not words with blanks between");
    if (l->scopes && l->separator != ' ' && l->separator != ',')
        return err_set(e, ERR_DATA, "separator is neither blank nor comma");
    if ((l->scope_prefix == NULL) != (l->scope_prefix_at == NULL))
        return err_set(e, ERR_DATA, "scope_prefix_at does not go with it");
    if (l->state_chars < STATE_MIN || l->state_chars > STATE_MAX)
        return err_set(e, ERR_DATA, "state_chars is not %d to %d",
                       (int)STATE_MIN, (int)STATE_MAX);
    return 0;
}

static int
check_account(const struct provider *p, struct err *e)
{
    const struct oauth *l = p->login;

    if ((l->account == NULL) != (l->account_at[0] == NULL))
        return err_set(e, ERR_DATA, "account_at does not go with account");
    if (l->account && !provider_category(p, l->account))
        return err_set(e, ERR_DATA, "account: no category \"%s\"", l->account);
    return 0;
}

static int
check(const struct provider *p, struct err *e)
{
    const struct oauth *l = p->login;

    if (!l->setup || !text_starts(l->setup, "https://"))
        return err_set(e, ERR_DATA, "setup is not an https address");
    if (check_account(p, e) < 0)
        return -1;
    if (l->grant == OAUTH_KEY)
        return 0;
    if (l->grant == OAUTH_CODE && check_code(l, e) < 0)
        return -1;
    if (check_servers(l, e) < 0 || check_lists(l, e) < 0)
        return -1;
    return check_times(l, e);
}

int
logincheck(const struct provider *p, struct err *e)
{
    if (p->login && check(p, e) < 0)
        return err_in(e, "login");
    return 0;
}
