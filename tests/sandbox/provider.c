#include "provider.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "oauth.h"
#include "reply.h"

static const struct provider *const providers[] = {
    &oauth_provider, /* its places are the longer ones */
    &oura_provider,  &whoop_provider, &hevy_provider, &strava_provider,
};

enum { PROVIDERS = sizeof(providers) / sizeof(providers[0]) };

_Static_assert(sizeof(providers) / sizeof(providers[0]) <= PROVIDERS_MAX,
               "world.state is too small");

const struct provider *
provider_at(size_t i)
{
    return i < PROVIDERS ? providers[i] : NULL;
}

const char *
asked_header(const struct asked *q, const char *name)
{
    return MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);
}

const char *
asked_param(const struct asked *q, const char *name)
{
    return MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND,
                                       name);
}

int64_t
asked_number(const struct asked *q, const char *name, int64_t otherwise)
{
    const char *text = asked_param(q, name);
    int64_t value;

    if (!text)
        return otherwise;
    return num_str(&value, text) == 0 ? value : -1;
}

/* The sum of the lines of a file; what is no number counts for nothing. */
static int64_t
sum_of(const char *path)
{
    FILE *f = fopen(path, "r");
    char line[32];
    int64_t sum = 0;

    while (f && fgets(line, sizeof(line), f))
        sum += strtoll(line, NULL, 10);
    if (f)
        (void)fclose(f); /* it was only read */
    return sum;
}

int64_t
world_clock(const struct world *w)
{
    if (w->waits)
        return w->person.now + sum_of(w->waits) / 1000;
    return w->person.now + (int64_t)time(NULL) - w->started;
}

void
providers_open(struct world *w)
{
    for (size_t i = 0; i < PROVIDERS; i++) {
        if (providers[i]->open)
            w->state[i] = providers[i]->open(w);
    }
}

void
providers_close(struct world *w)
{
    for (size_t i = 0; i < PROVIDERS; i++) {
        if (providers[i]->close)
            providers[i]->close(w->state[i]);
    }
}

int
providers_set(struct world *w, const char *text)
{
    char *name = mem_strdup(text);
    char *key = strchr(name, '.');
    char *value = key ? strchr(key, '=') : NULL;
    int rc = -1;

    if (value) {
        *key++ = *value++ = '\0';
        for (size_t i = 0; i < PROVIDERS; i++) {
            if (text_is(providers[i]->name, name) && providers[i]->set)
                rc = providers[i]->set(w->state[i], key, value);
        }
    }
    free(name);
    return rc;
}

/* Where one of the provider's places begins in the path, or NULL. */
static const char *
place_of(const struct provider *p, const char *path)
{
    for (size_t i = 0; i < PLACES_MAX && p->places[i]; i++) {
        const char *at = strstr(path, p->places[i]);

        if (at)
            return at;
    }
    return NULL;
}

/* Splits PROVIDER/CATEGORY; gives the provider's number, -1 if none. */
static int
topic_split(const char **category, const char *topic)
{
    *category = strchr(topic, '/');
    for (int i = 0; *category && i < (int)PROVIDERS; i++) {
        size_t n = strlen(providers[i]->name);

        if (topic + n == *category && text_starts(topic, providers[i]->name)) {
            (*category)++;
            return i;
        }
    }
    return -1;
}

bool
providers_have(const char *topic)
{
    const char *category;
    int i = topic_split(&category, topic);

    return i < 0 ? oura_provider.has(topic)
                 : providers[i]->has && providers[i]->has(category);
}

int
providers_dump(struct buf *out, struct world *w, const char *topic)
{
    const char *category;
    int i = topic_split(&category, topic);

    if (i < 0 || !providers[i]->dump)
        return -1;
    return providers[i]->dump(out, w, w->state[i], category);
}

static void
answer_dump(struct reply *r, struct world *w, const struct asked *q)
{
    const char *query = strchr(q->uri, '?');

    reply_body(r, 200, NULL);
    r->type = "application/jsonl";
    if (!query || providers_dump(&r->body, w, query + 1) < 0)
        reply_detail(r, 400, "nobody knows this");
}

void
world_enter(struct world *w)
{
    (void)pthread_mutex_lock(&w->lock); /* cannot fail: not recursive */
    if (++w->busy > w->peak)
        w->peak = w->busy;
    (void)pthread_mutex_unlock(&w->lock);
}

void
world_leave(struct world *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->busy--;
    (void)pthread_mutex_unlock(&w->lock);
}

static void
answer_peak(struct reply *r, struct world *w)
{
    reply_body(r, 200, NULL);
    (void)pthread_mutex_lock(&w->lock);
    buf_addf(&r->body, "%d\n", w->peak);
    (void)pthread_mutex_unlock(&w->lock);
}

static void
answer_set(struct reply *r, struct world *w, const struct asked *q)
{
    const char *query = strchr(q->uri, '?');

    if (query && providers_set(w, query + 1) == 0)
        reply_body(r, 200, "{}");
    else
        reply_detail(r, 400, "nobody knows this");
}

void
providers_answer(struct reply *r, struct world *w, struct asked *q)
{
    if (text_is(q->path, "/stolen")) {
        reply_body(r, 200, "{\"data\":[],\"next_token\":null}");
        return;
    }
    if (text_is(q->path, "/sandbox/set")) {
        answer_set(r, w, q);
        return;
    }
    if (text_is(q->path, "/sandbox/peak")) {
        answer_peak(r, w);
        return;
    }
    if (text_is(q->path, "/sandbox/dump")) {
        answer_dump(r, w, q);
        return;
    }
    for (size_t i = 0; i < PROVIDERS; i++) {
        q->place = place_of(providers[i], q->path);
        if (q->place) {
            providers[i]->answer(r, w, w->state[i], q);
            return;
        }
    }
    reply_detail(r, 404, "Not Found");
}
