#ifndef ENGINE_SOURCE_H
#define ENGINE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "data/profile.h"
#include "net/transfer.h"

struct category;
struct client;
struct login;
struct provider;

/* The formats of a table (DESIGN 2), as bits: 1 << enum table_format. */
enum format {
    FORMAT_CSV = 1,
    FORMAT_JSONL = 2,
    FORMAT_RAW = 4,
};

/* A configured account, with everything that a run needs to know of it. */
struct source {
    char *name; /* config section, folder of the archive */
    const struct provider *provider;
    char *base_url;        /* provider's, or as configured; checked */
    char *prefix;          /* instead of the provider's; or NULL */
    struct buf token;      /* the credential; wiped by source_free() */
    struct client *client; /* where token is empty: one that is */
    struct login *login;   /* kept alive, and by what words */
    unsigned formats;      /* of enum format */
    int64_t start;         /* UTC: where a backfill begins */
    bool start_is_given;   /* by the user; else it is before all records */
    int overlap_days;      /* instead of each category's own; -1 = its own */
    bool history;          /* keep replaced rows */
    bool series;           /* keep samples as rows of tables of their own */
    struct net_times times;
    enum csv_profile profile;
    const struct category **category; /* chosen for this run, in order */
    size_t category_n;
    bool named; /* the user named the categories one by one */
};

void source_free(struct source *s);

#endif
