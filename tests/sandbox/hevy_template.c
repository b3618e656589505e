#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "hevy.h"
#include "person.h"
#include "put.h"

/* The exercises that there are: movements with some equipment. */

static const struct {
    const char *name, *muscle, *second;
    enum hevy_measure measure;
} movements[] = {
    { "Bench Press", "chest", "triceps,shoulders", WEIGHT_REPS },
    { "Squat", "quadriceps", "glutes,hamstrings,lower_back", WEIGHT_REPS },
    { "Deadlift", "lower_back", "glutes,hamstrings", WEIGHT_REPS },
    { "Overhead Press", "shoulders", "triceps", WEIGHT_REPS },
    { "Row", "upper_back", "lats,biceps", WEIGHT_REPS },
    { "Curl", "biceps", "forearms", WEIGHT_REPS },
    { "Extension", "triceps", "", WEIGHT_REPS },
    { "Lunge", "quadriceps", "glutes", WEIGHT_REPS },
    { "Calf Raise", "calves", "", WEIGHT_REPS },
    { "Lateral Raise", "shoulders", "", WEIGHT_REPS },
    { "Shrug", "traps", "", WEIGHT_REPS },
    { "Hip Thrust", "glutes", "hamstrings", WEIGHT_REPS },
    { "Pull Up", "lats", "biceps", REPS_ONLY },
    { "Push Up", "chest", "triceps", REPS_ONLY },
    { "Sit Up", "abdominals", "", REPS_ONLY },
    { "Plank", "abdominals", "", DURATION },
    { "Hang", "forearms", "lats", DURATION },
    { "Rowing", "cardio", "", DISTANCE },
    { "Running", "cardio", "quadriceps", DISTANCE },
    { "Stairs (Floors)", "cardio", "glutes", FLOORS },
};

static const char *const equipment[] = {
    "none",  "barbell",         "dumbbell",   "kettlebell", "machine",
    "plate", "resistance_band", "suspension", "other",
};

static const char *const types[] = {
    [WEIGHT_REPS] = "weight_reps", [REPS_ONLY] = "reps_only",
    [DURATION] = "duration",       [DISTANCE] = "distance_duration",
    [FLOORS] = "floors_duration",
};

enum {
    MOVEMENTS = sizeof(movements) / sizeof(movements[0]),
    EQUIPMENT = sizeof(equipment) / sizeof(equipment[0]),
};

/* A weight is lifted with something; all else has a manner. */
static void
set_title(struct hevy_template *t, const char *movement, int round, int row)
{
    static const char *const manner[EQUIPMENT] = { "",      "Wide ", "Narrow ",
                                                   "Slow ", "Long ", "Short ",
                                                   "Hard ", "Easy ", "Last " };
    const char *first = t->is_custom ? "My \"own\" "
                        : round > 0  ? "Incline "
                                     : "";

    if (t->measure == WEIGHT_REPS && !text_is(t->equipment, "none"))
        (void)snprintf(t->title, sizeof(t->title), "%s%s (%s)", first, movement,
                       t->equipment);
    else
        (void)snprintf(t->title, sizeof(t->title), "%s%s%s", first, manner[row],
                       movement);
}

void
hevy_template_of(struct hevy_template *t, int number)
{
    int movement = number % MOVEMENTS;
    int row = number / MOVEMENTS % EQUIPMENT;
    struct rng r = rng_of(HEVY_TEMPLATE, number, 0);

    *t = (struct hevy_template){
        .type = types[movements[movement].measure],
        .muscle = movements[movement].muscle,
        .second = movements[movement].second,
        .equipment = movements[movement].measure == WEIGHT_REPS ? equipment[row]
                                                                : "none",
        .measure = movements[movement].measure,
        .is_custom = number >= HEVY_TEMPLATES - HEVY_CUSTOM,
    };
    set_title(t, movements[movement].name, number / (MOVEMENTS * EQUIPMENT),
              row);
    if (t->is_custom)
        uuid_of(t->id, HEVY_TEMPLATE, 0, number);
    else
        (void)snprintf(t->id, sizeof(t->id), "%08X",
                       (unsigned)rng_next(&r)); /* 8 digits of it */
}

void
hevy_template(struct buf *b, const struct hevy *h, const struct record *r)
{
    struct hevy_template t;
    struct list second = LIST_INIT;

    (void)h; /* same signature for all */
    hevy_template_of(&t, r->number);
    list_split(&second, t.second);
    put_open(b, NULL, '{');
    put_text(b, "id", t.id);
    put_text(b, "title", r->version ? "Renamed, by hand" : t.title);
    put_text(b, "type", t.type);
    put_text(b, "primary_muscle_group", t.muscle);
    put_open(b, "secondary_muscle_groups", '[');
    for (size_t i = 0; i < second.n; i++)
        put_text(b, NULL, second.item[i]);
    put_close(b, ']');
    if (r->number % 11 != 5) /* older answers lack it */
        put_text(b, "equipment_category", t.equipment);
    put_bool(b, "is_custom", t.is_custom);
    put_close(b, '}');
    list_free(&second);
}
