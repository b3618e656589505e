#include "cmd/warn.h"

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "auth/client.h"
#include "auth/notice.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/tm.h"
#include "cmd/client.h"
#include "cmd/setup.h"
#include "engine/source.h"
#include "spec/oauth.h"
#include "spec/provider.h"
#include "sys/clock.h"

enum { WARN_S = 7 * DAY };

void
warn_of_end(struct setup *s, struct source *source)
{
    struct err ignored = ERR_INIT; /* who logs in will tell */
    int64_t ends = 0;
    char day[11];

    if (source->provider->login && client_of(source, &s->config, &ignored) == 0)
        ends = notice_ends_at(source->client, &s->store);
    if (!ends || ends > clock_now() + WARN_S ||
        !notice_say(&s->store, source->name))
        return;
    tm_day(day, ends);
    log_warn("%s: the login ends on %s and a person will be needed: wearchive "
             "auth %s",
             source->name, day, source->name);
}

/* An application to log in with is configured. */
static bool
has_application(const struct setup *s, const struct source *source)
{
    const struct client client = { .source = source->name,
                                   .spec = source->provider->login,
                                   .config = &s->config };
    struct err ignored = ERR_INIT; /* nothing was wanted of it */
    struct buf id = BUF_INIT;
    bool is_there = client_secret(&id, &client, "client_id", &ignored) > 0;

    buf_wipe(&id);
    return is_there;
}

void
warn_of_retired(struct setup *s, const struct source *source)
{
    const struct oauth *login = source->provider->login;

    if (login && login->retired &&
        (has_application(s, source) ||
         notice_is_login(&s->store, source->name) || isatty(STDERR_FILENO)) &&
        notice_say(&s->store, source->name))
        log_warn("%s: %s, and one is in use: wearchive auth %s, and take it "
                 "out",
                 source->name, login->retired, source->name);
}
