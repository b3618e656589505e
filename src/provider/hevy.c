#include "provider/hevy.h"

#include "provider/logins.h"
#include "spec/category.h"
#include "spec/provider.h"

#define DOCS "https://api.hevyapp.com/docs/"

/* Behind the last page comes HTTP 404. */
#define PAGES(size)                                                            \
    .page = PAGE_NUMBER, .page_key = "page", .pages_at = "page_count",         \
    .missing_ends = true, .query = "pageSize=" size, .cost = "1 for " size

/* Leaves in the order of the API document. */

static const char *const workouts_columns[] = {
    "id",       "title",      "routine_id", "description", "start_time",
    "end_time", "updated_at", "created_at", "exercises",   NULL,
};

/* A deletion has no more than these first. */
static const char *const workout_events_columns[] = {
    "workout_id",
    "type",
    "at",
    "id",
    "deleted_at",
    "workout.id",
    "workout.title",
    "workout.routine_id",
    "workout.description",
    "workout.start_time",
    "workout.end_time",
    "workout.updated_at",
    "workout.created_at",
    "workout.exercises",
    NULL,
};

/* The last one: a deletion need not say when it was. */
static const struct filled event_names[] = {
    { "workout_id", { "workout.id", "id" } },
    { "at", { "workout.updated_at", "deleted_at", "type" } },
    { NULL, { NULL } },
};

static const struct feed_of workout_feed = {
    .category = "workouts",
    .type_at = "type",
    .gone = "deleted",
    .gone_id = "id",
    .record_at = "workout",
};

static const char *const routines_columns[] = {
    "id", "title", "folder_id", "updated_at", "created_at", "exercises", NULL,
};

static const char *const exercise_templates_columns[] = {
    "id",
    "title",
    "type",
    "primary_muscle_group",
    "secondary_muscle_groups",
    "equipment_category",
    "is_custom",
    NULL,
};

static const char *const routine_folders_columns[] = {
    "id", "index", "title", "updated_at", "created_at", NULL,
};

static const char *const body_measurements_columns[] = {
    "date",
    "weight_kg",
    "lean_mass_kg",
    "fat_percent",
    "neck_cm",
    "shoulder_cm",
    "chest_cm",
    "left_bicep_cm",
    "right_bicep_cm",
    "left_forearm_cm",
    "right_forearm_cm",
    "abdomen",
    "waist",
    "hips",
    "left_thigh",
    "right_thigh",
    "left_calf",
    "right_calf",
    NULL,
};

static const char *const exercise_history_columns[] = {
    "exercise_template_id",
    "workout_id",
    "index",
    "workout_title",
    "workout_start_time",
    "workout_end_time",
    "weight_kg",
    "reps",
    "distance_meters",
    "duration_seconds",
    "rpe",
    "custom_metric",
    "set_type",
    NULL,
};

static const struct id_source of_exercises[] = {
    { "workouts", "exercises", "exercise_template_id" },
    { NULL, NULL, NULL },
};

/* What is in a workout, and when it was. */
static const char *const exercise_history_print[] = {
    "id", "title", "start_time", "end_time", "updated_at", "exercises", NULL,
};

/* The sets of one exercise have no numbers of their own. */
static const struct per_record exercise_history_per = {
    .ids = of_exercises,
    .id_col = "exercise_template_id",
    .index_col = "index",
    .index_within = "workout_id",
    .is_set = true,
    .print = exercise_history_print,
    .missing_is_none = true,
};

static const char *const user_info_columns[] = { "id", "name", "url", NULL };

static const char *const workout_count_columns[] = { "id", "workout_count",
                                                     NULL };

/* Exercises and their sets as rows. Answers have both names of a superset. */

#define SUPERSET                                                               \
    { "superset_id", "superset_id" },                                          \
    {                                                                          \
        "superset_id", "supersets_id"                                          \
    }

#define SET_COLUMNS                                                            \
    "exercise_title", "exercise_template_id", "superset_id", "exercise_notes", \
        "set_type", "weight_kg", "reps", "distance_meters",                    \
        "duration_seconds", "rpe", "custom_metric"

static const struct inherited of_workout[] = {
    { "workout_id", "id" },
    { "workout_title", "title" },
    { "workout_start_time", "start_time" },
    { "workout_end_time", "end_time" },
    { NULL, NULL },
};

static const struct inherited of_routine[] = {
    { "routine_id", "id" },
    { "routine_title", "title" },
    { NULL, NULL },
};

static const struct inherited of_exercise[] = {
    { "exercise_title", "title" },
    { "exercise_template_id", "exercise_template_id" },
    SUPERSET,
    { "exercise_notes", "notes" },
    { NULL, NULL },
};

static const struct inherited of_routine_exercise[] = {
    { "exercise_title", "title" },
    { "exercise_template_id", "exercise_template_id" },
    SUPERSET,
    { "exercise_notes", "notes" },
    { "rest_seconds", "rest_seconds" },
    { NULL, NULL },
};

static const struct inherited set_names[] = {
    { "set_type", "type" },
    { NULL, NULL },
};

/* Its sets are rows of their own. */
static const struct inherited exercise_names[] = {
    { "exercise_title", "title" },
    { "exercise_notes", "notes" },
    { "superset_id", "supersets_id" },
    { NULL, "sets" },
    { NULL, NULL },
};

static const struct inner_list workout_inner = {
    .list_at = "sets",
    .index_col = "exercise_index",
    .inherited = of_exercise,
};

static const struct inner_list routine_inner = {
    .list_at = "sets",
    .index_col = "exercise_index",
    .inherited = of_routine_exercise,
};

static const struct child_of workout_exercises = {
    .parent = "workouts",
    .list_at = "exercises",
    .inherited = of_workout,
    .owner_ids = 1,
    .index_col = "exercise_index",
    .index_at = "index",
    .renamed = exercise_names,
};

static const struct child_of workout_sets = {
    .parent = "workouts",
    .list_at = "exercises",
    .inherited = of_workout,
    .owner_ids = 1,
    .inner = &workout_inner,
    .index_col = "set_index",
    .index_at = "index",
    .renamed = set_names,
};

static const struct child_of routine_sets = {
    .parent = "routines",
    .list_at = "exercises",
    .inherited = of_routine,
    .owner_ids = 1,
    .inner = &routine_inner,
    .index_col = "set_index",
    .index_at = "index",
    .renamed = set_names,
};

static const char *const workout_exercises_columns[] = {
    "workout_id",           "exercise_index",
    "workout_title",        "workout_start_time",
    "workout_end_time",     "exercise_title",
    "exercise_template_id", "superset_id",
    "exercise_notes",       NULL,
};

static const char *const workout_sets_columns[] = {
    "workout_id",         "exercise_index",   "set_index", "workout_title",
    "workout_start_time", "workout_end_time", SET_COLUMNS, NULL,
};

static const char *const routine_sets_columns[] = {
    "routine_id",      "exercise_index", "set_index",
    "routine_title",   SET_COLUMNS,      "rest_seconds",
    "rep_range.start", "rep_range.end",  NULL,
};

static const struct category categories[] = {
    {
        .name = "workouts",
        .path = "/v1/workouts",
        .docs = DOCS,
        PAGES("10"),
        .records_at = "workouts",
        .sweep_days = SWEEP_ASKED,
        .ids = { "id" },
        .version_col = "updated_at",
        .time_col = "start_time",
        .time_style = TIME_RFC3339,
        .feed = "workout_events",
        .overlap_days = 1,
        .counted_by = "workout_count",
        .count_at = "workout_count",
        .columns = workouts_columns,
    },
    {
        .name = "workout_exercises",
        .docs = DOCS,
        .child = &workout_exercises,
        .ids = { "workout_id", "exercise_index" },
        .time_col = "workout_start_time",
        .time_style = TIME_RFC3339,
        .columns = workout_exercises_columns,
    },
    {
        .name = "workout_sets",
        .docs = DOCS,
        .child = &workout_sets,
        .ids = { "workout_id", "exercise_index", "set_index" },
        .time_col = "workout_start_time",
        .time_style = TIME_RFC3339,
        .columns = workout_sets_columns,
    },
    {
        .name = "workout_events",
        .path = "/v1/workouts/events",
        .docs = DOCS,
        .feed_of = &workout_feed,
        .window = WINDOW_TIME,
        .from_key = "since",
        .one_sided = true,
        PAGES("10"),
        .records_at = "events",
        .filled = event_names,
        .ids = { "workout_id", "type", "at" },
        .time_col = "at",
        .time_style = TIME_RFC3339,
        .columns = workout_events_columns,
    },
    {
        .name = "routines",
        .path = "/v1/routines",
        .docs = DOCS,
        PAGES("10"),
        .records_at = "routines",
        .sweep_days = SWEEP_ASKED,
        .ids = { "id" },
        .version_col = "updated_at",
        .columns = routines_columns,
    },
    {
        .name = "routine_sets",
        .docs = DOCS,
        .child = &routine_sets,
        .ids = { "routine_id", "exercise_index", "set_index" },
        .columns = routine_sets_columns,
    },
    {
        .name = "exercise_templates",
        .path = "/v1/exercise_templates",
        .docs = DOCS,
        PAGES("100"),
        .records_at = "exercise_templates",
        .sweep_days = SWEEP_ASKED,
        .ids = { "id" },
        .columns = exercise_templates_columns,
    },
    {
        .name = "routine_folders",
        .path = "/v1/routine_folders",
        .docs = DOCS,
        PAGES("10"),
        .records_at = "routine_folders",
        .sweep_days = SWEEP_ASKED,
        .ids = { "id" },
        .version_col = "updated_at",
        .columns = routine_folders_columns,
    },
    {
        .name = "body_measurements",
        .path = "/v1/body_measurements",
        .docs = DOCS,
        PAGES("10"),
        .records_at = "body_measurements",
        .sweep_days = SWEEP_ASKED,
        .ids = { "date" },
        .time_col = "date",
        .time_style = TIME_DAY,
        .columns = body_measurements_columns,
    },
    {
        .name = "exercise_history",
        .per = &exercise_history_per,
        .on_demand = true,
        .path = "/v1/exercise_history/{id}",
        .cost = "1 an exercise of new or changed workouts",
        .docs = DOCS,
        .page = PAGE_ONE,
        .records_at = "exercise_history",
        .ids = { "exercise_template_id", "workout_id", "index" },
        .time_col = "workout_start_time",
        .time_style = TIME_RFC3339,
        .columns = exercise_history_columns,
    },
    {
        .name = "workout_count",
        .path = "/v1/workouts/count",
        .cost = "1",
        .docs = DOCS,
        .page = PAGE_ONE,
        .ids = { "id" },
        .constant_id = "me",
        .columns = workout_count_columns,
    },
    {
        .name = "user_info",
        .path = "/v1/user/info",
        .cost = "1",
        .docs = DOCS,
        .page = PAGE_ONE,
        .records_at = "data",
        .is_single = true,
        .ids = { "id" },
        .columns = user_info_columns,
    },
};

const struct provider hevy_provider = {
    .name = "hevy",
    .title = "Hevy",
    .docs = DOCS,
    .base_url = "https://api.hevyapp.com",
    .prefix = "",
    .auth = AUTH_HEADER,
    .token_header = "api-key",
    .login = &hevy_login,
    .token_key = "api_key",
    .token_env = "HEVY_API_KEY",
    .token_help = "the key of your account, for subscribers of Hevy Pro: "
                  "https://hevy.com/settings?developer",
    .parallel = 4,
    .categories = categories,
    .categories_n = sizeof(categories) / sizeof(categories[0]),
};
