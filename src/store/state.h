#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "store/coverage.h"
#include "store/done.h"

struct err;
struct state;

/*
 * state.json: what is known about each category besides its rows. Versioned,
 * readable by a person, written as a whole (fs_replace), keys that we do not
 * know kept as they are. Times are ISO 8601 in UTC, spans ISO 8601 intervals.
 *
 *  {
 *    "version": 1,
 *    "sources": {
 *      "oura": {
 *        "categories": {
 *          "sleep": {
 *            "last_fetch": "2026-11-20T10:00:03Z",
 *            "last_success": "2026-11-20T10:00:03Z",
 *            "first_record": "2023-01-02T22:41:00Z",
 *            "last_record": "2026-11-20T06:51:30Z",
 *            "open_since": "2026-11-19T23:01:00Z",
 *            "last_sweep": "2026-11-15T04:00:07Z",
 *            "last_reread": "2026-11-20T04:00:07Z",
 *            "asked": { "done": 90, "of": 900 },
 *            "last_error": { "at": "2026-...Z", "text": "GET ...: HTTP 502" },
 *            "columns": [ "new_field" ],
 *            "listed": 23,
 *            "gone": 2,
 *            "open": [ "2026-11-19T23:01:00Z 5001042001000" ],
 *            "tables": {
 *              "csv": {
 *                "rows": 1204,
 *                "in_order": true,
 *                "profile": "excel",
 *                "done": "16000000005:1a2b3c4d 16000000004:5e6f7081",
 *                "coverage": [ "2010-01-01T00:00:00Z/2026-11-20T10:00:03Z" ],
 *                "reading": { "page": 51, "began": "2026-11-19T10:00:00Z" }
 *              }
 *            }
 *          }
 *        }
 *      }
 *    }
 *  }
 */

enum { STATE_VERSION = 1 };
#define STATE_NO_TIME INT64_MIN /* a time that is not known */

/* One format's table of a category. */
struct table_state {
    char *format;  /* csv, jsonl, raw */
    int64_t rows;  /* -1 = not known */
    bool in_order; /* the rows are in time order as far as we wrote them */
    char *profile; /* it was written in, see data/profile.h; NULL: plain */
    struct coverage coverage;
    struct done done; /* records that were asked for by their id */
    /* Its list was read up to before this page, and when that began; page 0:
     * it was read to its end, or not at all. */
    int64_t page;
    int64_t began;
};

struct category_state {
    char *source;
    char *name;
    int64_t last_fetch; /* STATE_NO_TIME where absent, also below */
    int64_t last_success;
    int64_t first_record; /* time of the earliest record ever seen */
    int64_t last_record;  /* time of the latest */
    int64_t open_since;   /* time of the oldest record still open */
    int64_t last_sweep;   /* when the whole list was compared with the table */
    int64_t last_reread;  /* when recent records were asked for again by id */
    int64_t asked_done;   /* records that were asked for by id, ... */
    int64_t asked_of;     /* ... of so many; -1 = not a category of that kind */
    int64_t last_error_at;
    char *last_error;    /* NULL after a success */
    struct list columns; /* that the provider has sent, undeclared */
    int64_t listed;      /* records in its list when that was last read as a
                            whole, or taken as it is; -1 = not known */
    int64_t gone;        /* records of the last days that the provider had no
                            more, or did not list, as was told */
    struct list open;    /* records that are not final: time and id */
    struct table_state *table;
    size_t table_n;
};

/*
 * Loads PATH. No file: an empty state. Not a state (damaged, of a newer
 * version, a directory): ERR_IO with the way out in the hint, unless rebuild
 * is true (--full): then a damaged file is moved aside to
 * PATH.damaged-YYYYMMDDTHHMMSSZ (now) and the state is empty.
 */
int state_load(struct state **s, const char *path, bool rebuild, int64_t now,
               struct err *e);
/* Durable when it returns. */
int state_save(struct state *s, struct err *e);
void state_free(struct state *s); /* NULL is allowed */

/* The record of a category, made if missing. Valid until state_free(): the
 * records are not moved. */
struct category_state *state_category(struct state *s, const char *source,
                                      const char *name);
/* The same, or NULL if missing. */
const struct category_state *state_find(const struct state *s,
                                        const char *source, const char *name);
/* The i-th category in file order, NULL after the last. */
const struct category_state *state_each(const struct state *s, size_t i);
/* The table of a format, made if missing (rows 0, in order, no coverage). The
 * pointer is valid until the next call for the same category. */
struct table_state *state_table(struct category_state *c, const char *format);
/* Replaces the profile by that of a word. */
void state_set_profile(struct table_state *t, const char *word);
/* Replaces last_error; NULL clears it. */
void state_set_error(struct category_state *c, const char *text, int64_t at);

#endif
