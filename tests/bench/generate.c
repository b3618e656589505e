/*
 * Pages to measure with: generate SET RECORDS [once], to stdout, one JSON text
 * per line. Deterministic: a record is a function of its number and version.
 * One record in fifty is an earlier one again, one in ten of those with a
 * changed value; once: no record comes again.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tm.h"

enum { START = 1388534400, STEP = 300, REPEAT = 50, CHANGE = 10 };

/* The choices of one record: SplitMix64 (Steele, Lea, Flood 2014). */
struct dice {
    uint64_t state;
};

static uint64_t
roll(struct dice *d)
{
    uint64_t z = d->state += 0x9E3779B97F4A7C15U;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

/* low to high, both included. */
static int
between(struct dice *d, int low, int high)
{
    return low + (int)(roll(d) % (uint64_t)(high - low + 1));
}

static bool
one_in(struct dice *d, int n)
{
    return between(d, 1, n) == 1;
}

#define PICK(d, list)                                                          \
    (list)[between(d, 0, (int)(sizeof(list) / sizeof *(list)) - 1)]

static void
add_id(struct buf *out, struct dice *d)
{
    unsigned long long a = roll(d), b = roll(d);

    buf_addf(out, "%08llx-%04llx-4%03llx-a%03llx-%012llx", a >> 32,
             a >> 16 & 0xffff, a & 0xfff, b >> 48 & 0xfff, b & 0xffffffffffff);
}

static void
add_time(struct buf *out, int64_t unix_s)
{
    char text[21];

    tm_utc(text, unix_s);
    buf_addf(out, "\"%.19s+00:00\"", text);
}

static void
add_heartrate(struct buf *out, struct dice *d, int number, int version)
{
    static const char *const sources[] = { "awake", "rest", "sleep", "awake" };

    buf_addf(out, "{\"bpm\":%d,\"source\":\"%s\",\"timestamp\":",
             between(d, 45, 140) + version, PICK(d, sources));
    add_time(out, START + (int64_t)number * STEP);
    buf_addc(out, '}');
}

/* A list of samples, with a gap now and then. */
static void
add_items(struct buf *out, struct dice *d, const char *name, int64_t from,
          int n, int low, int high)
{
    buf_addf(out, "\"%s\":{\"interval\":300.0,\"items\":[", name);
    for (int i = 0; i < n; i++) {
        if (one_in(d, 20))
            buf_adds(out, "null");
        else
            buf_addf(out, "%d.0", between(d, low, high));
        buf_addc(out, i + 1 < n ? ',' : ']');
    }
    buf_adds(out, ",\"timestamp\":");
    add_time(out, from);
    buf_adds(out, "},");
}

static void
add_digits(struct buf *out, struct dice *d, const char *name, int n)
{
    char *to;

    buf_addf(out, "\"%s\":\"", name);
    to = buf_room(out, (size_t)n);
    for (int i = 0; i < n; i++)
        to[i] = one_in(d, 5) ? (char)between(d, '2', '4') : '1';
    out->n += (size_t)n;
    buf_adds(out, "\",");
}

static void
add_readiness(struct buf *out, struct dice *d)
{
    static const char *const names[] = {
        "activity_balance",      "body_temperature", "hrv_balance",
        "previous_day_activity", "previous_night",   "recovery_index",
        "resting_heart_rate",    "sleep_balance",    "sleep_regularity",
    };
    size_t n = sizeof(names) / sizeof(*names);

    buf_adds(out, "\"readiness\":{\"contributors\":{");
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "\"%s\":%d%c", names[i], between(d, 40, 100),
                 i + 1 < n ? ',' : '}');
    buf_addf(out,
             ",\"score\":%d,\"temperature_deviation\":%s0.%02d,"
             "\"temperature_trend_deviation\":0.%02d},",
             between(d, 50, 99), one_in(d, 2) ? "-" : "", between(d, 1, 99),
             between(d, 1, 99));
}

static void
add_sleep(struct buf *out, struct dice *d, int number, int version)
{
    int64_t from = START + (int64_t)number * DAY / 4 + between(d, 0, 99) * 60;
    int slots = between(d, 107, 135);
    int deep = between(d, 9, 30) * 300, rem = between(d, 9, 30) * 300;
    char day[11];

    tm_day(day, from + DAY / 4);
    buf_adds(out, "{\"id\":\"");
    add_id(out, d);
    buf_addf(out,
             "\",\"average_breath\":%d.%03d,\"average_heart_rate\":%d.%02d,"
             "\"average_hrv\":%d,\"awake_time\":%d,\"bedtime_end\":",
             between(d, 12, 18), between(d, 1, 999), between(d, 45, 70),
             between(d, 1, 99), between(d, 20, 90), between(d, 4, 20) * 300);
    add_time(out, from + slots * 300);
    buf_adds(out, ",\"bedtime_start\":");
    add_time(out, from);
    buf_addf(out,
             ",\"day\":\"%s\",\"deep_sleep_duration\":%d,\"efficiency\":%d,",
             day, deep, between(d, 60, 97) + version);
    add_items(out, d, "heart_rate", from, slots, 45, 70);
    add_items(out, d, "hrv", from, slots, 20, 95);
    buf_addf(out,
             "\"latency\":%d,\"light_sleep_duration\":%d,"
             "\"low_battery_alert\":%s,\"lowest_heart_rate\":%d,",
             between(d, 1, 9) * 300, slots * 300 - deep - rem,
             one_in(d, 9) ? "true" : "false", between(d, 40, 60));
    add_digits(out, d, "movement_30_sec", slots * 10);
    buf_addf(out, "\"period\":%d,", between(d, 0, 1));
    add_readiness(out, d);
    buf_addf(out,
             "\"readiness_score_delta\":null,\"rem_sleep_duration\":%d,"
             "\"restless_periods\":%d,\"sleep_algorithm_version\":\"v2\",",
             rem, between(d, 50, 300));
    add_digits(out, d, "sleep_phase_5_min", slots);
    buf_addf(out,
             "\"sleep_score_delta\":%s,\"time_in_bed\":%d,"
             "\"total_sleep_duration\":%d,\"type\":\"%s\"}",
             one_in(d, 3) ? "null" : "0", slots * 300, slots * 280,
             one_in(d, 5) ? "sleep" : "long_sleep");
}

static void
add_sets(struct buf *out, struct dice *d)
{
    static const char *const types[] = { "normal", "normal", "warmup",
                                         "failure" };
    int n = between(d, 2, 5);

    for (int i = 0; i < n; i++)
        buf_addf(out,
                 "{\"index\":%d,\"type\":\"%s\",\"weight_kg\":%d.%d,"
                 "\"reps\":%d,\"distance_meters\":null,"
                 "\"duration_seconds\":null,\"rpe\":%s,"
                 "\"custom_metric\":null}%s",
                 i, PICK(d, types), between(d, 10, 140),
                 between(d, 0, 3) * 25 % 100, between(d, 3, 15),
                 one_in(d, 2) ? "null" : "8.5", i + 1 < n ? "," : "");
}

static void
add_exercises(struct buf *out, struct dice *d)
{
    static const char *const names[] = {
        "Bench Press (Barbell)",  "Squat (Barbell)", "Romanian Deadlift",
        "Face Pull \\\"rope\\\"", "Plank",           "Pull Up (Weighted)",
        "Bulgarian Split Squat",  "Curl, EZ bar",
    };
    static const char *const notes[] = {
        "",
        "Felt strong \xF0\x9F\x92\xAA, add 2.5 kg next time",
        "Pause at the bottom\\nkeep the elbows in",
        "\\\"easy\\\" sets only \\u2013 shoulder",
        "Grip: C:\\\\narrow\\tthen wide",
    };
    int n = between(d, 3, 6);

    for (int i = 0; i < n; i++) {
        buf_addf(out,
                 "{\"index\":%d,\"title\":\"%s\",\"notes\":\"%s\","
                 "\"exercise_template_id\":\"%08X\",\"superset_id\":null,"
                 "\"sets\":[",
                 i, PICK(d, names), PICK(d, notes), (unsigned)roll(d));
        add_sets(out, d);
        buf_adds(out, i + 1 < n ? "]}," : "]}");
    }
}

static void
add_workout(struct buf *out, struct dice *d, int number, int version)
{
    static const char *const titles[] = {
        "Push day \xF0\x9F\x92\xAA", "Pull, heavy",
        "Legs \\\"short\\\"",        "Full body",
        "M\xC3\xBCnchen Gym",
    };
    static const char *const texts[] = {
        "",
        "Tired.\\nSlept badly,\\nate late.",
        "New PR \xF0\x9F\x8E\x89\\n\\nnext: 3x5",
        "With A. \\u00e9toile",
    };
    int64_t from = START + (int64_t)number * HOUR * 6;

    buf_adds(out, "{\"id\":\"");
    add_id(out, d);
    buf_addf(out,
             "\",\"title\":\"%s%s\",\"routine_id\":null,"
             "\"description\":\"%s\",\"start_time\":",
             PICK(d, titles), version ? " again" : "", PICK(d, texts));
    add_time(out, from);
    buf_adds(out, ",\"end_time\":");
    add_time(out, from + between(d, 30, 90) * 60);
    buf_adds(out, ",\"updated_at\":");
    add_time(out, from + DAY + version);
    buf_adds(out, ",\"created_at\":");
    add_time(out, from + DAY);
    buf_adds(out, ",\"exercises\":[");
    add_exercises(out, d);
    buf_adds(out, "]}");
}

static const struct set {
    const char *name;
    int per_page;
    void (*add)(struct buf *out, struct dice *d, int number, int version);
} sets[] = {
    { "heartrate", 1000, add_heartrate },
    { "sleep", 50, add_sleep },
    { "workouts", 10, add_workout },
};

static void
generate(const struct set *set, int records, bool once)
{
    struct dice choice = { 1 };
    unsigned char *version = mem_zalloc((size_t)records);
    struct buf out = BUF_INIT;
    int known = 0;

    for (int i = 0; i < records; i++) {
        int number = known;
        struct dice d;

        if (known > 0 && !once && one_in(&choice, REPEAT)) {
            number = between(&choice, 0, known - 1);
            if (version[number] < UINT8_MAX && one_in(&choice, CHANGE))
                version[number]++;
        } else {
            known++;
        }
        buf_adds(&out, i % set->per_page ? "," : "{\"data\":[");
        d.state = ((uint64_t)number + 1) << 32;
        set->add(&out, &d, number, version[number]);
        if ((i + 1) % set->per_page && i + 1 < records)
            continue;
        if (i + 1 < records)
            buf_addf(&out, "],\"next_token\":\"page%d\"}\n", i + 1);
        else
            buf_adds(&out, "],\"next_token\":null}\n");
        (void)fwrite(out.p, 1, out.n, stdout); /* see the end of main() */
        buf_clear(&out);
    }
    buf_free(&out);
    free(version);
}

int
main(int argc, char **argv)
{
    int64_t records;

    bool once = argc == 4 && strcmp(argv[3], "once") == 0;

    if (argc != 3 + once || num_str(&records, argv[2]) < 0 || records < 1 ||
        records > 100000000) {
        (void)fprintf(stderr, "usage: generate SET RECORDS [once]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
        if (strcmp(sets[i].name, argv[1]) == 0) {
            generate(&sets[i], (int)records, once);
            return fflush(stdout) != 0 || ferror(stdout) ? 1 : 0;
        }
    (void)fprintf(stderr, "generate: no set \"%s\"\n", argv[1]);
    return 2;
}
