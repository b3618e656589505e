#include "provider/oura.h"

#include "provider/logins.h"
#include "spec/category.h"
#include "spec/provider.h"

/* The official page has no stable address for a single route. */
#define DOCS "https://cloud.ouraring.com/v2/docs"

#define PAGED                                                                  \
    .cost = "1 a page and window", .page = PAGE_TOKEN,                         \
    .page_key = "next_token", .next_at = "next_token", .records_at = "data"

/* A date-only end leaves out the last day of some routes, and records are
 * compared by their own zone: hence the padding. A late sync of the ring
 * rewrites days of the past: hence the overlap. No widest span is known; half
 * a year where records carry long series keeps an answer small. */
#define BY_DAY(span)                                                           \
    .window = WINDOW_DAY, .from_key = "start_date", .to_key = "end_date",      \
    .span_days = (span), .pad_days = 2, .overlap_days = 14

/* Two clients report that more than 30 days are refused. */
#define BY_TIME                                                                \
    .window = WINDOW_TIME, .from_key = "start_datetime",                       \
    .to_key = "end_datetime", .span_days = 30, .overlap_days = 7

/* It is not known whether an id survives a new analysis of its day. */
#define ONE_A_DAY                                                              \
    .ids = { "id" }, .unique = "day", .time_col = "day", .time_style = TIME_DAY

/* Leaves in the order of the API document. What it does not name is kept all
 * the same: a new column at the right. */

static const char *const daily_activity_columns[] = {
    "id",
    "active_calories",
    "average_met_minutes",
    "class_5_min",
    "contributors.meet_daily_targets",
    "contributors.move_every_hour",
    "contributors.recovery_time",
    "contributors.stay_active",
    "contributors.training_frequency",
    "contributors.training_volume",
    "day",
    "equivalent_walking_distance",
    "high_activity_met_minutes",
    "high_activity_time",
    "inactivity_alerts",
    "low_activity_met_minutes",
    "low_activity_time",
    "medium_activity_met_minutes",
    "medium_activity_time",
    "met.interval",
    "met.items",
    "met.timestamp",
    "meters_to_target",
    "non_wear_time",
    "resting_time",
    "score",
    "sedentary_met_minutes",
    "sedentary_time",
    "steps",
    "target_calories",
    "target_meters",
    "timestamp",
    "total_calories",
    NULL,
};

static const char *const daily_sleep_columns[] = {
    "id",
    "contributors.deep_sleep",
    "contributors.efficiency",
    "contributors.latency",
    "contributors.rem_sleep",
    "contributors.restfulness",
    "contributors.timing",
    "contributors.total_sleep",
    "day",
    "score",
    "timestamp",
    NULL,
};

static const char *const daily_readiness_columns[] = {
    "id",
    "contributors.activity_balance",
    "contributors.body_temperature",
    "contributors.hrv_balance",
    "contributors.previous_day_activity",
    "contributors.previous_night",
    "contributors.recovery_index",
    "contributors.resting_heart_rate",
    "contributors.sleep_balance",
    "contributors.sleep_regularity",
    "day",
    "score",
    "temperature_deviation",
    "temperature_trend_deviation",
    "timestamp",
    NULL,
};

static const char *const daily_spo2_columns[] = {
    "id", "breathing_disturbance_index", "day", "spo2_percentage.average", NULL,
};

static const char *const daily_stress_columns[] = {
    "id", "day", "day_summary", "recovery_high", "stress_high", NULL,
};

static const char *const daily_resilience_columns[] = {
    "id",
    "day",
    "contributors.sleep_recovery",
    "contributors.daytime_recovery",
    "contributors.stress",
    "level",
    NULL,
};

static const char *const daily_cardiovascular_age_columns[] = {
    "id", "day", "pulse_wave_velocity", "vascular_age", NULL,
};

static const char *const vo2_max_columns[] = {
    "id", "day", "timestamp", "vo2_max", NULL,
};

static const char *const sleep_columns[] = {
    "id",
    "average_breath",
    "average_heart_rate",
    "average_hrv",
    "awake_time",
    "bedtime_end",
    "bedtime_start",
    "day",
    "deep_sleep_duration",
    "efficiency",
    "heart_rate.interval",
    "heart_rate.items",
    "heart_rate.timestamp",
    "hrv.interval",
    "hrv.items",
    "hrv.timestamp",
    "latency",
    "light_sleep_duration",
    "low_battery_alert",
    "lowest_heart_rate",
    "movement_30_sec",
    "period",
    "readiness.contributors.activity_balance",
    "readiness.contributors.body_temperature",
    "readiness.contributors.hrv_balance",
    "readiness.contributors.previous_day_activity",
    "readiness.contributors.previous_night",
    "readiness.contributors.recovery_index",
    "readiness.contributors.resting_heart_rate",
    "readiness.contributors.sleep_balance",
    "readiness.contributors.sleep_regularity",
    "readiness.score",
    "readiness.temperature_deviation",
    "readiness.temperature_trend_deviation",
    "readiness_score_delta",
    "rem_sleep_duration",
    "restless_periods",
    "sleep_algorithm_version",
    "sleep_analysis_reason",
    "sleep_phase_30_sec",
    "sleep_phase_5_min",
    "sleep_score_delta",
    "time_in_bed",
    "total_sleep_duration",
    "type",
    "ring_id",
    "app_sleep_phase_5_min",
    NULL,
};

static const char *const sleep_time_columns[] = {
    "id",
    "day",
    "optimal_bedtime.day_tz",
    "optimal_bedtime.end_offset",
    "optimal_bedtime.start_offset",
    "recommendation",
    "status",
    NULL,
};

static const char *const workout_columns[] = {
    "id",       "activity",       "calories",  "day",
    "distance", "end_datetime",   "intensity", "label",
    "source",   "start_datetime", NULL,
};

static const char *const session_columns[] = {
    "id",
    "day",
    "end_datetime",
    "heart_rate.interval",
    "heart_rate.items",
    "heart_rate.timestamp",
    "heart_rate_variability.interval",
    "heart_rate_variability.items",
    "heart_rate_variability.timestamp",
    "mood",
    "motion_count.interval",
    "motion_count.items",
    "motion_count.timestamp",
    "start_datetime",
    "type",
    NULL,
};

static const char *const enhanced_tag_columns[] = {
    "id",      "tag_type_code", "start_time",  "end_time", "start_day",
    "end_day", "comment",       "custom_name", NULL,
};

static const char *const tag_columns[] = {
    "id", "day", "text", "timestamp", "tags", NULL,
};

static const char *const rest_mode_period_columns[] = {
    "id", "end_day", "end_time", "episodes", "start_day", "start_time", NULL,
};

static const char *const ring_configuration_columns[] = {
    "id",        "color", "design", "firmware_version", "hardware_type",
    "set_up_at", "size",  NULL,
};

static const char *const heartrate_columns[] = {
    "timestamp", "timestamp_unix", "bpm", "source", NULL,
};

static const char *const ring_battery_level_columns[] = {
    "timestamp", "timestamp_unix", "charging", "in_charger", "level", NULL,
};

static const char *const personal_info_columns[] = {
    "id", "age", "weight", "height", "biological_sex", "email", NULL,
};

/* Samples as rows: the times are those of the list in the parent's record. */

#define SAMPLES(of, owner, series)                                             \
    .child =                                                                   \
        &(const struct child_of){                                              \
            .parent = (of),                                                    \
            .list_at = series ".items",                                        \
            .inherited = (const struct inherited[]){ { owner, "id" }, { 0 } }, \
            .owner_ids = 1,                                                    \
            .value_col = "value",                                              \
            .start_at = series ".timestamp",                                   \
            .interval_at = series ".interval",                                 \
        },                                                                     \
    .docs = DOCS, .ids = { owner, "timestamp" }, .time_col = "timestamp",      \
    .time_style = TIME_RFC3339, .columns = (const char *const[])               \
    {                                                                          \
        owner, "timestamp", "value", NULL                                      \
    }

static const struct category categories[] = {
    {
        .name = "daily_activity",
        .scope = "daily",
        .path = "/daily_activity",
        .docs = DOCS,
        BY_DAY(180),
        PAGED,
        ONE_A_DAY,
        .columns = daily_activity_columns,
    },
    {
        .name = "daily_sleep",
        .scope = "daily",
        .path = "/daily_sleep",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        ONE_A_DAY,
        .columns = daily_sleep_columns,
    },
    {
        .name = "daily_readiness",
        .scope = "daily",
        .path = "/daily_readiness",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        ONE_A_DAY,
        .columns = daily_readiness_columns,
    },
    {
        .name = "daily_spo2",
        .scope = "spo2",
        .path = "/daily_spo2",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        ONE_A_DAY,
        .columns = daily_spo2_columns,
    },
    {
        .name = "daily_stress",
        .scope = "daily",
        .path = "/daily_stress",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        ONE_A_DAY,
        .columns = daily_stress_columns,
    },
    {
        .name = "daily_resilience",
        .scope = "stress",
        .path = "/daily_resilience",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        ONE_A_DAY,
        .columns = daily_resilience_columns,
    },
    {
        .name = "daily_cardiovascular_age",
        .scope = "heart_health",
        .path = "/daily_cardiovascular_age",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        .ids = { "day" }, /* rows of 2024 have no id */
        .time_col = "day",
        .time_style = TIME_DAY,
        .columns = daily_cardiovascular_age_columns,
    },
    {
        .name = "vo2_max",
        .scope = "heart_health",
        .path = "/vO2_max",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        ONE_A_DAY,
        .columns = vo2_max_columns,
    },
    {
        .name = "sleep",
        .scope = "daily",
        .path = "/sleep",
        .docs = DOCS,
        BY_DAY(180),
        PAGED,
        .ids = { "id" },
        .time_col = "bedtime_start",
        .time_style = TIME_RFC3339,
        .end_col = "bedtime_end", /* null while the night goes on */
        .open_days = 90,
        .columns = sleep_columns,
    },
    {
        .name = "sleep_time",
        .scope = "daily",
        .path = "/sleep_time",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        ONE_A_DAY,
        .columns = sleep_time_columns,
    },
    {
        .name = "workout",
        .scope = "workout",
        .path = "/workout",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        .ids = { "id" },
        .time_col = "start_datetime",
        .time_style = TIME_RFC3339,
        .columns = workout_columns,
    },
    {
        .name = "session",
        .scope = "session",
        .path = "/session",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        .ids = { "id" },
        .time_col = "start_datetime",
        .time_style = TIME_RFC3339,
        .columns = session_columns,
    },
    {
        .name = "enhanced_tag",
        .scope = "tag",
        .path = "/enhanced_tag",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        .ids = { "id" },
        .time_col = "start_time",
        .time_style = TIME_RFC3339,
        .columns = enhanced_tag_columns,
    },
    {
        .name = "tag",
        .scope = "tag",
        .path = "/tag",
        .docs = DOCS,
        .note = "deprecated, see enhanced_tag",
        BY_DAY(365),
        PAGED,
        .ids = { "id" },
        .time_col = "timestamp",
        .time_style = TIME_RFC3339,
        .columns = tag_columns,
    },
    {
        .name = "rest_mode_period",
        .scope = "daily",
        .path = "/rest_mode_period",
        .docs = DOCS,
        BY_DAY(365),
        PAGED,
        .ids = { "id" },
        .time_col = "start_day",
        .time_style = TIME_DAY,
        .end_col = "end_day",
        .open_days = 90,
        .columns = rest_mode_period_columns,
    },
    {
        .name = "ring_configuration",
        .scope = "ring_configuration",
        .path = "/ring_configuration",
        .docs = DOCS,
        .window = WINDOW_NONE,
        PAGED,
        .ids = { "id" },
        .columns = ring_configuration_columns,
    },
    {
        .name = "heartrate",
        .scope = "heartrate",
        .path = "/heartrate",
        .docs = DOCS,
        BY_TIME,
        .bounded_by = "daily_activity",
        .bound_days = 31,
        PAGED,
        .ids = { "timestamp", "source" },
        .instant_id = true,
        .time_col = "timestamp",
        .time_style = TIME_RFC3339,
        .columns = heartrate_columns,
    },
    {
        .name = "ring_battery_level",
        .scope = "ring_configuration",
        .path = "/ring_battery_level",
        .docs = DOCS,
        BY_TIME,
        .bounded_by = "daily_activity",
        .bound_days = 31,
        PAGED,
        .ids = { "timestamp" },
        .instant_id = true,
        .time_col = "timestamp",
        .time_style = TIME_RFC3339,
        .columns = ring_battery_level_columns,
    },
    {
        .name = "personal_info",
        .scope = "personal",
        .path = "/personal_info",
        .cost = "1",
        .docs = DOCS,
        .window = WINDOW_NONE,
        .page = PAGE_ONE,
        .ids = { "id" },
        .columns = personal_info_columns,
    },
    {
        .name = "sleep_heart_rate",
        SAMPLES("sleep", "sleep_id", "heart_rate"),
    },
    {
        .name = "sleep_hrv",
        SAMPLES("sleep", "sleep_id", "hrv"),
    },
    {
        .name = "daily_activity_met",
        SAMPLES("daily_activity", "daily_activity_id", "met"),
    },
};

const struct provider oura_provider = {
    .name = "oura",
    .title = "Oura Ring",
    .docs = DOCS,
    .base_url = "https://api.ouraring.com",
    .prefix = "/v2/usercollection",
    .auth = AUTH_BEARER,
    .login = &oura_login,
    .token_key = "access_token",
    .token_env = "OURA_PERSONAL_ACCESS_TOKEN",
    .token_help = "a personal access token that you still have, or the access "
                  "token of an application of yours, see "
                  "https://cloud.ouraring.com/oauth/applications",
    .parallel = 4,
    .rate_limit = 5000,
    .rate_seconds = 300,
    .scope_at = "detail",
    .scope_word = "scope",
    .note = "Oura gives out no new personal access tokens since December 2025",
    .categories = categories,
    .categories_n = sizeof(categories) / sizeof(categories[0]),
};
