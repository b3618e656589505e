#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tm.h"
#include "hevy.h"
#include "person.h"
#include "provider.h"
#include "put.h"

/* What the person did in the gym; see hevy.c for how Hevy tells. */

enum {
    MINUTE = 60,
    ROUTINES = 23,
    FOLDERS = 3,
    GONE_FROM = 1000000, /* numbers of workouts deleted long ago */
    FOLDER_ID = 4200001,
    FEW_TEMPLATES = 40, /* that the person uses */
};

static const char *const titles[] = {
    "Push day \xf0\x9f\x92\xaa", "Pull day", "Legs",   "Row & stairs",
    "Full body, \"short\"",      "Upper",    "=Lower",
};

static const char *const notes[] = {
    "",
    "",
    "Felt good, slept 8h",
    "Left shoulder, \"stiff\",\nsecond line",
    NULL,
    "-5 kg against last week",
};

enum {
    TITLES = sizeof(titles) / sizeof(titles[0]),
    NOTES = sizeof(notes) / sizeof(notes[0]),
};

/* A number as JavaScript prints it: 82.5, but 40. */
static void
put_js(struct buf *b, const char *key, int64_t tenths)
{
    if (tenths % 10)
        put_dec(b, key, tenths, 1);
    else
        put_int(b, key, tenths / 10);
}

/* A member that is null unless there is a value. */
static void
put_maybe(struct buf *b, const char *key, bool has, int64_t tenths)
{
    if (has)
        put_js(b, key, tenths);
    else
        put_null(b, key);
}

static void
put_changes(struct buf *b, const struct record *r)
{
    int ms = (int)(r->created % 877);

    put_utc_ms(b, "updated_at",
               r->updated * 1000 + (r->updated > r->created ? ms / 2 : ms));
    put_utc_ms(b, "created_at", r->created * 1000 + ms);
}

/* One exercise of a workout, from which all its sets follow. */
struct exercise {
    struct hevy_template template;
    int index;
    int sets;
    int superset; /* -1 = none */
    const char *notes;
    struct rng rng;
};

static int
exercise_count(const struct record *r)
{
    struct rng rng = rng_of(HEVY_WORKOUT, r->number, 1);

    return rng_range(&rng, 4, 7);
}

static struct exercise
exercise_of(const struct record *r, int index)
{
    struct rng rng = rng_of(HEVY_WORKOUT, r->number, 100 + index);
    struct exercise x = { .index = index };
    int is_grown = index == 0 && r->version % 2;

    hevy_template_of(&x.template,
                     rng_range(&rng, 0, 60) == 0
                         ? HEVY_TEMPLATES - rng_range(&rng, 1, HEVY_CUSTOM)
                         : rng_range(&rng, 0, FEW_TEMPLATES - 1));
    x.sets = rng_range(&rng, 2, 5) + is_grown;
    x.superset = r->number % 3 == 0 && (index == 1 || index == 2) ? 0 : -1;
    x.notes = notes[rng_range(&rng, 0, NOTES - 1)];
    x.rng = rng_of(HEVY_WORKOUT, r->number, 200 + index);
    return x;
}

/* The members of a set that tell what was done; every second edit makes the
 * first exercise longer by a set. */
static void
put_done(struct buf *b, struct exercise *x, int set)
{
    enum hevy_measure m = x->template.measure;
    int reps = rng_range(&x->rng, 3, 15), kg = rng_range(&x->rng, 4, 60);
    int rpe = rng_range(&x->rng, 0, 10), seconds = rng_range(&x->rng, 30, 600);
    bool has_reps = m == WEIGHT_REPS || m == REPS_ONLY;

    put_maybe(b, "weight_kg", m == WEIGHT_REPS, kg * 25);
    put_maybe(b, "reps", has_reps, reps * 10);
    put_maybe(b, "distance_meters", m == DISTANCE, seconds * 30);
    put_maybe(b, "duration_seconds", !has_reps, seconds * 10);
    put_maybe(b, "rpe", has_reps && rpe > 5, 60 + (rpe - 6) * 10 + set % 2 * 5);
    put_maybe(b, "custom_metric", m == FLOORS, seconds / 10 * 10);
}

static const char *
set_type(const struct exercise *x, int set)
{
    if (set == 0 && x->sets > 3)
        return "warmup";
    if (set == x->sets - 1 && x->index % 3 == 2)
        return x->sets % 2 ? "dropset" : "failure";
    return "normal";
}

static void
put_sets(struct buf *b, struct exercise *x, bool is_routine)
{
    put_open(b, "sets", '[');
    for (int i = 0; i < x->sets; i++) {
        put_open(b, NULL, '{');
        put_int(b, "index", i);
        put_text(b, "type", set_type(x, i));
        put_done(b, x, i);
        if (is_routine && i % 2) {
            put_open(b, "rep_range", '{');
            put_int(b, "start", 5 + i);
            put_maybe(b, "end", i > 1, 80 + i * 10);
            put_close(b, '}');
        } else if (is_routine) {
            put_null(b, "rep_range");
        }
        put_close(b, '}');
    }
    put_close(b, ']');
}

static void
put_rest(struct buf *b, int number)
{
    if (number % 3 == 0)
        put_int(b, "rest_seconds", 90 + number);
    else if (number % 3 == 1)
        put_text(b, "rest_seconds", "90");
    else
        put_null(b, "rest_seconds");
}

static void
put_exercises(struct buf *b, const struct record *r, bool is_routine)
{
    int n = exercise_count(r);
    /* real answers spell it in both ways */
    const char *superset =
        !is_routine && r->number % 10 == 9 ? "superset_id" : "supersets_id";

    put_open(b, "exercises", '[');
    for (int i = 0; i < n; i++) {
        struct exercise x = exercise_of(r, i);

        put_open(b, NULL, '{');
        put_int(b, "index", i);
        put_text(b, "title", x.template.title);
        if (is_routine)
            put_rest(b, r->number + i);
        put_text(b, "notes", x.notes);
        put_text(b, "exercise_template_id", x.template.id);
        put_maybe(b, superset, x.superset >= 0, x.superset * 10);
        put_sets(b, &x, is_routine);
        put_close(b, '}');
    }
    put_close(b, ']');
}

static void
workout_id(char out[40], const struct hevy *h, const struct record *r)
{
    (void)h; /* same signature for all */
    uuid_of(out, HEVY_WORKOUT, 0, r->number);
}

static void
routine_id(char out[40], const struct hevy *h, const struct record *r)
{
    (void)h; /* same signature for all */
    uuid_of(out, HEVY_ROUTINE, 0, r->number);
}

static void
workout_title(char out[80], const struct record *r)
{
    (void)snprintf(out, 80, "%s%s", titles[r->number % TITLES],
                   r->version ? " (edited)" : "");
}

static int64_t
workout_end(const struct record *r)
{
    struct rng rng = rng_of(HEVY_WORKOUT, r->number, 2);

    return r->at + rng_range(&rng, 35, 85) * MINUTE;
}

/* Both spellings of UTC occur. */
static void
put_when(struct buf *b, const char *key, const struct record *r, int64_t t)
{
    if (r->number % 8 == 7)
        put_utc(b, key, t);
    else
        put_local(b, key, t, 0, false);
}

void
hevy_workout(struct buf *b, const struct hevy *h, const struct record *r)
{
    char id[40], title[80];
    struct record routine = { .number = r->number % ROUTINES };

    workout_id(id, h, r);
    workout_title(title, r);
    put_open(b, NULL, '{');
    put_text(b, "id", id);
    put_text(b, "title", title);
    routine_id(id, h, &routine);
    if (r->number % 5 != 4)
        put_text(b, "routine_id", id);
    else if (r->number % 2)
        put_null(b, "routine_id");
    put_text(b, "description", notes[(r->number + r->version) % NOTES]);
    put_when(b, "start_time", r, r->at);
    put_when(b, "end_time", r, workout_end(r));
    put_changes(b, r);
    put_exercises(b, r, false);
    put_close(b, '}');
}

static void
routine_write(struct buf *b, const struct hevy *h, const struct record *r)
{
    char id[40], title[80];

    routine_id(id, h, r);
    workout_title(title, r);
    put_open(b, NULL, '{');
    put_text(b, "id", id);
    put_text(b, "title", title);
    if (r->number % 6 == 5)
        put_null(b, "folder_id");
    else
        put_int(b, "folder_id", FOLDER_ID + r->number % FOLDERS);
    put_changes(b, r);
    put_text(b, "notes", notes[r->number % NOTES]);
    put_exercises(b, r, true);
    put_close(b, '}');
}

static void
folder_id(char out[40], const struct hevy *h, const struct record *r)
{
    (void)h; /* same signature for all */
    (void)snprintf(out, 40, "%d", FOLDER_ID + r->number);
}

static void
folder_write(struct buf *b, const struct hevy *h, const struct record *r)
{
    static const char *const names[FOLDERS] = { "Push Pull", "Old, plans",
                                                "Holiday" };

    (void)h; /* same signature for all */
    put_open(b, NULL, '{');
    put_int(b, "id", FOLDER_ID + r->number);
    put_int(b, "index", r->number);
    put_text(b, "title", r->version ? "Renamed" : names[r->number % FOLDERS]);
    put_changes(b, r);
    put_close(b, '}');
}

static void
template_id(char out[40], const struct hevy *h, const struct record *r)
{
    struct hevy_template t;

    (void)h; /* same signature for all */
    hevy_template_of(&t, r->number);
    memcpy(out, t.id, sizeof(t.id));
}

static void
body_id(char out[40], const struct hevy *h, const struct record *r)
{
    (void)h; /* same signature for all */
    tm_day(out, r->at);
}

static void
body_write(struct buf *b, const struct hevy *h, const struct record *r)
{
    static const struct {
        const char *name;
        int least; /* tenths */
    } members[] = {
        { "weight_kg", 740 },
        { "lean_mass_kg", 590 },
        { "fat_percent", 160 },
        { "neck_cm", 370 },
        { "shoulder_cm", 1130 },
        { "chest_cm", 980 },
        { "left_bicep_cm", 330 },
        { "right_bicep_cm", 332 },
        { "left_forearm_cm", 280 },
        { "right_forearm_cm", 282 },
        { "abdomen", 840 },
        { "waist", 810 },
        { "hips", 960 },
        { "left_thigh", 560 },
        { "right_thigh", 562 },
        { "left_calf", 360 },
        { "right_calf", 362 },
    };
    struct rng rng = rng_of(HEVY_BODY, r->number, r->version);
    bool is_full = r->number % 6 == 0;

    (void)h; /* same signature for all */
    put_open(b, NULL, '{');
    put_day(b, "date", r->at / DAY);
    for (int i = 0; i < (int)(sizeof(members) / sizeof(members[0])); i++)
        put_maybe(b, members[i].name,
                  i == 0 || is_full || rng_range(&rng, 0, 5) == 0,
                  members[i].least + rng_range(&rng, 0, 40));
    put_close(b, '}');
}

void
hevy_user(struct buf *b)
{
    char id[37];

    uuid_of(id, HEVY_BODY, 0, 0);
    put_open(b, NULL, '{');
    put_open(b, "data", '{');
    put_text(b, "id", id);
    put_text(b, "name", "synthetic_user");
    put_text(b, "url", "https://hevy.com/user/synthetic_user");
    put_close(b, '}');
    put_close(b, '}');
}

void
hevy_write_event(struct buf *b, const struct hevy *h,
                 const struct hevy_event *e)
{
    char id[40];

    workout_id(id, h, &e->workout);
    put_open(b, NULL, '{');
    put_text(b, "type", e->is_deletion ? "deleted" : "updated");
    if (e->is_deletion) {
        put_text(b, "id", id);
        put_utc_ms(b, "deleted_at", e->at * 1000);
    } else {
        struct buf workout = BUF_INIT;

        hevy_workout(&workout, h, &e->workout);
        put_raw(b, "workout", buf_str(&workout));
        buf_free(&workout);
    }
    put_close(b, '}');
}

static void
put_past_sets(struct buf *b, const struct hevy *h, const struct record *r,
              struct exercise *x)
{
    char id[40], title[80];

    workout_id(id, h, r);
    workout_title(title, r);
    for (int i = 0; i < x->sets; i++) {
        put_open(b, NULL, '{');
        put_text(b, "workout_id", id);
        put_text(b, "workout_title", title);
        put_when(b, "workout_start_time", r, r->at);
        put_when(b, "workout_end_time", r, workout_end(r));
        put_text(b, "exercise_template_id", x->template.id);
        put_done(b, x, i);
        put_text(b, "set_type", set_type(x, i));
        put_close(b, '}');
    }
}

void
hevy_history(struct buf *b, const struct hevy *h, const char *id, int64_t from,
             int64_t to)
{
    const struct shelf *s = &h->account.shelf[0];

    put_open(b, NULL, '{');
    put_open(b, "exercise_history", '[');
    for (size_t i = 0; i < s->n; i++) {
        const struct record *r = &s->p[i];
        int n = r->at >= from && r->at <= to ? exercise_count(r) : 0;

        for (int k = 0; k < n; k++) {
            struct exercise x = exercise_of(r, k);

            if (text_is(x.template.id, id))
                put_past_sets(b, h, r, &x);
        }
    }
    put_close(b, ']');
    put_close(b, '}');
}

/* In the order of the shelves. */
static const struct hevy_kind kinds[] = {
    { "workouts", "/v1/workouts", 5, 10, NULL, hevy_workout, workout_id },
    { "routines", "/v1/routines", 5, 10, "routine", routine_write, routine_id },
    { "exercise_templates", "/v1/exercise_templates", 5, 100, NULL,
      hevy_template, template_id },
    { "routine_folders", "/v1/routine_folders", 5, 10, NULL, folder_write,
      folder_id },
    { "body_measurements", "/v1/body_measurements", 10, 10, NULL, body_write,
      body_id },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct hevy_kind *
hevy_kind_at(int i)
{
    return i < KINDS ? &kinds[i] : NULL;
}

static void
note_event(struct hevy *h, const struct record *r, int64_t at, bool is_deletion)
{
    struct hevy_event e = { .at = at, .workout = *r };
    size_t i = h->events;

    e.is_deletion = is_deletion;
    if (h->events == h->events_room) {
        h->events_room = h->events_room ? h->events_room * 2 : 256;
        h->event = mem_resize(h->event, h->events_room, sizeof(*h->event));
    }
    for (; i > 0 && h->event[i - 1].at <= at; i--)
        h->event[i] = h->event[i - 1];
    h->event[i] = e;
    h->events++;
}

static void
done(void *arg, struct shelf *s, enum deed deed, const struct record *r)
{
    struct hevy *h = arg;

    if (s == &h->account.shelf[0])
        note_event(h, r, r->updated, deed == DEED_DELETE);
}

static void
put_thing(struct hevy *h, int shelf, int number, int64_t at)
{
    struct record r = {
        .at = at, .created = at, .updated = at, .number = number
    };

    if (at <= h->account.now)
        shelf_put(&h->account.shelf[shelf], &r);
}

/* One of them was changed soon after, and one deleted. */
static void
fill_workout(struct hevy *h, int number, int64_t at)
{
    struct record r = { .at = at, .number = number };

    r.created = r.updated = workout_end(&r) + 31;
    if (r.created > h->account.now)
        return;
    if (number % 50 == 31) {
        struct record gone = r;

        gone.number += GONE_FROM;
        note_event(h, &gone, gone.created, false);
        if (gone.created + DAY <= h->account.now)
            note_event(h, &gone, gone.created + DAY, true);
    }
    note_event(h, &r, r.created, false);
    if (number % 20 == 5 && r.created + 2 * HOUR <= h->account.now) {
        r.version = 1;
        r.updated += 2 * HOUR;
        note_event(h, &r, r.updated, false);
    }
    shelf_put(&h->account.shelf[0], &r);
}

static int64_t
workout_start(const struct hevy *h, int64_t i)
{
    int64_t step = h->world->span_s / h->wanted;
    struct rng rng = rng_of(HEVY_WORKOUT, i, 3);
    int64_t at = h->world->began + i * step;

    return at + rng_range(&rng, 0, (int)(step / 2));
}

void
hevy_fill(struct hevy *h, const struct world *world)
{
    int64_t began = world->began, i = 0, now = world->person.now;

    h->world = world;
    account_init(&h->account, now);
    h->account.done = done;
    h->account.arg = h;
    for (int k = 0; k < KINDS; k++)
        (void)account_add(&h->account, kinds[k].name);
    while (h->wanted > 0 && workout_start(h, i) <= now)
        i++;
    while (i-- > 0)
        fill_workout(h, (int)i, workout_start(h, i));
    for (int k = 0; k < ROUTINES; k++)
        put_thing(h, 1, k, began + k * 20 * DAY);
    for (int k = 0; k < HEVY_TEMPLATES; k++)
        put_thing(h, 2, k, began - k);
    for (int k = 0; k < FOLDERS; k++)
        put_thing(h, 3, k, began + k * DAY);
    for (int k = 0; began + k * 7 * DAY <= now; k++)
        put_thing(h, 4, k, began + k * 7 * DAY);
}

void
hevy_free(struct hevy *h)
{
    account_free(&h->account);
    free(h->event);
    h->event = NULL;
    h->events = h->events_room = 0;
}
