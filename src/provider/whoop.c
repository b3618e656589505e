#include "provider/whoop.h"

#include "provider/logins.h"
#include "spec/category.h"
#include "spec/provider.h"
#include "spec/quota.h"

#define DOCS "https://developer.whoop.com/api"

/* The newest comes first, with nothing to say when a record changed: so two
 * weeks are read again. There is no widest window; with this one a run that is
 * cut short loses little. */
#define WALKED                                                                 \
    .cost = "1 for 25, at least 1 for 90 days", .window = WINDOW_TIME,         \
    .from_key = "start", .to_key = "end", .span_days = 90, .overlap_days = 14, \
    .query = "limit=25", .even_pages = true, .page = PAGE_TOKEN,               \
    .page_key = "nextToken", .next_at = "next_token", .records_at = "records", \
    .newest_first = true, .tells_gone = true

/* A score comes hours later, or never. */
#define SCORED                                                                 \
    .version_col = "updated_at", .open_col = "score_state",                    \
    .open_word = "PENDING_SCORE", .open_days = 30

/* A cycle for each day that the member wore the strap. */
#define WITH_CYCLES .bounded_by = "cycle", .bound_days = 31

/* Leaves in the order of the API document; "score" is absent until there is
 * one. */

static const char *const cycle_columns[] = {
    "id",
    "user_id",
    "created_at",
    "updated_at",
    "start",
    "end",
    "timezone_offset",
    "score_state",
    "score.strain",
    "score.kilojoule",
    "score.average_heart_rate",
    "score.max_heart_rate",
    NULL,
};

static const char *const recovery_columns[] = {
    "cycle_id",
    "sleep_id",
    "user_id",
    "created_at",
    "updated_at",
    "score_state",
    "score.user_calibrating",
    "score.recovery_score",
    "score.resting_heart_rate",
    "score.hrv_rmssd_milli",
    "score.spo2_percentage",
    "score.skin_temp_celsius",
    NULL,
};

static const char *const sleep_columns[] = {
    "id",
    "cycle_id",
    "v1_id",
    "user_id",
    "created_at",
    "updated_at",
    "start",
    "end",
    "timezone_offset",
    "nap",
    "score_state",
    "score.stage_summary.total_in_bed_time_milli",
    "score.stage_summary.total_awake_time_milli",
    "score.stage_summary.total_no_data_time_milli",
    "score.stage_summary.total_light_sleep_time_milli",
    "score.stage_summary.total_slow_wave_sleep_time_milli",
    "score.stage_summary.total_rem_sleep_time_milli",
    "score.stage_summary.sleep_cycle_count",
    "score.stage_summary.disturbance_count",
    "score.sleep_needed.baseline_milli",
    "score.sleep_needed.need_from_sleep_debt_milli",
    "score.sleep_needed.need_from_recent_strain_milli",
    "score.sleep_needed.need_from_recent_nap_milli",
    "score.respiratory_rate",
    "score.sleep_performance_percentage",
    "score.sleep_consistency_percentage",
    "score.sleep_efficiency_percentage",
    NULL,
};

static const char *const workout_columns[] = {
    "id",
    "v1_id",
    "user_id",
    "created_at",
    "updated_at",
    "start",
    "end",
    "timezone_offset",
    "sport_name",
    "score_state",
    "score.strain",
    "score.average_heart_rate",
    "score.max_heart_rate",
    "score.kilojoule",
    "score.percent_recorded",
    "score.distance_meter",
    "score.altitude_gain_meter",
    "score.altitude_change_meter",
    "score.zone_durations.zone_zero_milli",
    "score.zone_durations.zone_one_milli",
    "score.zone_durations.zone_two_milli",
    "score.zone_durations.zone_three_milli",
    "score.zone_durations.zone_four_milli",
    "score.zone_durations.zone_five_milli",
    "sport_id",
    NULL,
};

static const char *const profile_basic_columns[] = {
    "user_id", "email", "first_name", "last_name", NULL,
};

static const char *const body_measurement_columns[] = {
    "id", "height_meter", "weight_kilogram", "max_heart_rate", NULL,
};

static const struct category categories[] = {
    {
        .name = "cycle",
        .scope = "read:cycles",
        .path = "/v2/cycle",
        .docs = DOCS,
        WALKED,
        .ids = { "id" },
        .time_col = "start",
        .time_style = TIME_RFC3339,
        SCORED,
        .end_col = "end", /* absent: the current one */
        .by_id = "/v2/cycle/{id}",
        .columns = cycle_columns,
    },
    {
        .name = "recovery",
        .scope = "read:recovery",
        .path = "/v2/recovery",
        .docs = DOCS,
        WALKED,
        WITH_CYCLES,
        .ids = { "cycle_id" },
        .time_col = "created_at",
        .time_style = TIME_RFC3339,
        SCORED,
        .late_days = 2, /* windows go by the night that came before it */
        .by_id = "/v2/cycle/{id}/recovery",
        .columns = recovery_columns,
    },
    {
        .name = "sleep",
        .scope = "read:sleep",
        .path = "/v2/activity/sleep",
        .docs = DOCS,
        WALKED,
        WITH_CYCLES,
        .ids = { "id" },
        .time_col = "start",
        .time_style = TIME_RFC3339,
        SCORED,
        .by_id = "/v2/activity/sleep/{id}",
        .columns = sleep_columns,
    },
    {
        .name = "workout",
        .scope = "read:workout",
        .path = "/v2/activity/workout",
        .docs = DOCS,
        WALKED,
        WITH_CYCLES,
        .ids = { "id" },
        .time_col = "start",
        .time_style = TIME_RFC3339,
        SCORED,
        .by_id = "/v2/activity/workout/{id}",
        .columns = workout_columns,
    },
    {
        .name = "profile_basic",
        .scope = "read:profile",
        .cost = "1",
        .path = "/v2/user/profile/basic",
        .docs = DOCS,
        .page = PAGE_ONE,
        .missing_ends = true,
        .ids = { "user_id" },
        .columns = profile_basic_columns,
    },
    {
        .name = "body_measurement",
        .scope = "read:body_measurement",
        .cost = "1",
        .path = "/v2/user/measurement/body",
        .docs = DOCS,
        .page = PAGE_ONE,
        .missing_ends = true,
        .ids = { "id" },
        .constant_id = "me",
        .columns = body_measurement_columns,
    },
};

/* 100 a minute and 10,000 a day for one application, as the headers say. */
static const struct quota quotas[] = {
    {
        .limit = "X-RateLimit-Limit",
        .left = "X-RateLimit-Remaining",
        .reset = "X-RateLimit-Reset",
        .seconds = { 60, 86400 },
    },
};

const struct provider whoop_provider = {
    .name = "whoop",
    .title = "WHOOP",
    .docs = DOCS,
    .base_url = "https://api.prod.whoop.com",
    .prefix = "/developer",
    .auth = AUTH_BEARER,
    .login = &whoop_login,
    .token_key = "access_token",
    .token_env = "WHOOP_ACCESS_TOKEN",
    .token_help = "an access token of an application of yours, see "
                  "https://developer-dashboard.whoop.com",
    .parallel = 4,
    .scope_is_mute = true,
    .quota = quotas,
    .quota_n = sizeof(quotas) / sizeof(quotas[0]),
    .categories = categories,
    .categories_n = sizeof(categories) / sizeof(categories[0]),
};
