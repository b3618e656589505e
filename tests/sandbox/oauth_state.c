#include "oauth_state.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "provider.h"

int64_t
state_now(const struct oauth *o)
{
    return world_clock(o->world) + o->skew;
}

struct server_of *
state_of(struct oauth *o, const struct dialect *d)
{
    return &o->of[d - dialects];
}

size_t
state_family(struct oauth *o, const struct dialect *d, const char *scopes)
{
    o->families =
        mem_resize(o->families, o->families_n + 1, sizeof(*o->families));
    o->families[o->families_n] = (struct family){
        .dialect = d,
        .scopes = mem_strdup(scopes),
        .is_lasting = true,
    };
    return o->families_n++;
}

/* PREFIX CANARY-oura-refresh-f1g2-0123456789abcdef: whoever finds it in a
 * wrong place knows what it is. */
static char *
new_text(const struct oauth *o, size_t family, enum token_kind kind)
{
    static const char *const names[] = { "code", "access", "refresh" };
    const struct family *f = &o->families[family];
    const char *before = f->dialect->before[kind];
    unsigned char random[8];
    char hex[2 * sizeof(random) + 1];
    struct buf text = BUF_INIT;

    randombytes_buf(random, sizeof(random));
    (void)sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
    buf_addf(&text, "%sCANARY-%s-%s-f%zug%" PRId64 "-%s", before ? before : "",
             f->dialect->name, names[kind], family + 1, f->generation, hex);
    for (int64_t n = o->of[f->dialect - dialects].knobs.pad;
         n > 0 && kind != TOKEN_CODE; n--)
        buf_addc(&text, 'x');
    return buf_take(&text);
}

struct token *
state_issue(struct oauth *o, size_t family, enum token_kind kind, int64_t life)
{
    o->tokens = mem_resize(o->tokens, o->tokens_n + 1, sizeof(*o->tokens));
    o->tokens[o->tokens_n] = (struct token){
        .kind = kind,
        .text = new_text(o, family, kind),
        .family = family,
        .generation = o->families[family].generation,
        .expires = life > 0 ? state_now(o) + life : 0,
    };
    return &o->tokens[o->tokens_n++];
}

struct token *
state_find(struct oauth *o, const struct dialect *d, enum token_kind kind,
           const char *text)
{
    for (size_t i = o->tokens_n; i-- > 0;) {
        struct token *t = &o->tokens[i];

        if (t->kind == kind && o->families[t->family].dialect == d &&
            text_is(t->text, text))
            return t;
    }
    return NULL;
}

bool
state_is_good(const struct oauth *o, const struct token *t)
{
    return !t->is_dead && !t->spent && !o->families[t->family].is_dead &&
           (t->expires == 0 || state_now(o) < t->expires);
}

struct token *
state_newest(struct oauth *o, size_t family, enum token_kind kind)
{
    for (size_t i = o->tokens_n; i-- > 0;) {
        struct token *t = &o->tokens[i];

        if (t->kind == kind && t->family == family && state_is_good(o, t))
            return t;
    }
    return NULL;
}

void
state_end_access(struct oauth *o, const struct dialect *d, size_t family)
{
    for (size_t i = 0; i < o->tokens_n; i++) {
        struct token *t = &o->tokens[i];

        if (t->kind == TOKEN_ACCESS && o->families[t->family].dialect == d &&
            (family == SIZE_MAX || family == t->family))
            t->is_dead = true;
    }
}

bool
state_kill(struct oauth *o, size_t family)
{
    bool was_alive = !o->families[family].is_dead;

    o->families[family].is_dead = true;
    return was_alive;
}

int64_t
state_live(const struct oauth *o, const struct dialect *d)
{
    int64_t n = 0;

    for (size_t i = 0; i < o->families_n; i++)
        n += o->families[i].dialect == d && !o->families[i].is_dead &&
             o->families[i].generation > 0;
    return n;
}

struct oauth *
state_open(const struct world *w)
{
    struct oauth *o = mem_zalloc(sizeof(*o));

    (void)pthread_mutex_init(&o->lock, NULL); /* cannot fail on Linux */
    o->world = w;
    o->log_fd = -1;
    return o;
}

static void
free_server(struct server_of *s)
{
    free(s->knobs.client);
    free(s->knobs.secret);
    free(s->knobs.redirect);
    free(s->knobs.user);
    free(s->knobs.password);
    free(s->knobs.iss);
    free(s->last_args);
    free(s->nonce);
}

void
state_close(struct oauth *o)
{
    for (size_t i = 0; i < DIALECTS; i++)
        free_server(&o->of[i]);
    for (size_t i = 0; i < o->families_n; i++)
        free(o->families[i].scopes);
    for (size_t i = 0; i < o->tokens_n; i++) {
        free(o->tokens[i].text);
        free(o->tokens[i].redirect_uri);
        free(o->tokens[i].challenge);
    }
    free(o->families);
    free(o->tokens);
    if (o->log_fd >= 0)
        (void)close(o->log_fd);
    (void)pthread_mutex_destroy(&o->lock);
    free(o);
}
