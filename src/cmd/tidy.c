#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/found.h"
#include "cmd/hold.h"
#include "cmd/options.h"
#include "cmd/setup.h"
#include "data/columns.h"
#include "spec/category.h"
#include "store/names.h"
#include "store/state.h"
#include "store/table.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "sys/signal.h"

/* The rows are in order: the next fetch need not look. */
static void
note_order(struct state *state, const struct found *t)
{
    struct category_state *c;

    if (!state_find(state, t->source, t->category->name))
        return;
    c = state_category(state, t->source, t->category->name);
    for (size_t i = 0; i < c->table_n; i++)
        if (text_is(c->table[i].format, names_of(t->format)->word))
            c->table[i].in_order = true;
}

static int
tidy_one(const struct found_list *found, const struct found *t,
         struct state *state, struct err *e)
{
    struct columns *columns = columns_new();
    struct table_spec spec = found_spec(found, t, columns);
    struct table *table = NULL;
    bool moved = false;
    int rc = table_open(&table, &spec, e);

    if (rc == 0)
        rc = table_tidy(table, &moved, e);
    table_close(table);
    columns_free(columns);
    if (rc < 0)
        return err_in(e, "%s", t->name);
    note_order(state, t);
    if (!spec.time)
        log_info("%s: its rows have no time", t->name);
    else if (moved)
        log_info("%s: put in order of time", t->name);
    else
        log_info("%s: is in order of time", t->name);
    return 0;
}

static int
tidy(const struct options *o, const struct setup *s, struct state *state,
     struct err *e)
{
    struct found_list found = FOUND_INIT;
    struct exit_tally tally = EXIT_TALLY_INIT;
    int rc = found_load(&found, s, &o->words, NULL, e);

    for (size_t i = 0; rc == 0 && i < found.n; i++) {
        struct err why = ERR_INIT;

        if (signal_stop()) {
            rc = err_set(e, ERR_STOP, "stopped before %s", found.item[i].name);
            break;
        }
        if (!found.item[i].has_table)
            continue;
        if (tidy_one(&found, &found.item[i], state, &why) < 0)
            exit_print(&why);
        exit_count(&tally, why.kind);
    }
    found_free(&found);
    if (rc == 0)
        rc = state_save(state, e);
    return rc < 0 ? -1 : exit_result(&tally);
}

int
cmd_tidy(const struct options *o, struct err *e)
{
    struct setup s = SETUP_INIT;
    struct lock lock = LOCK_INIT;
    struct state *state = NULL;
    int rc = setup_load(&s, o, SETUP_PATHS, e);

    if (rc == 0)
        rc = hold_existing(&lock, &s, o, e);
    if (rc == 0)
        rc = state_load(&state, s.state_path, false, clock_now(), e);
    if (rc == 0)
        rc = tidy(o, &s, state, e);
    state_free(state);
    lock_release(&lock);
    setup_free(&s);
    return rc;
}
