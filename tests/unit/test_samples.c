#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/samples.h"

struct row {
    const char *start;
    const char *interval;
    int64_t i;
    const char *want; /* NULL: refused */
};

static const struct row rows[] = {
    { "2024-03-01T22:00:00+02:00", "300", 0, "2024-03-01T22:00:00+02:00" },
    { "2024-03-01T22:00:00+02:00", "300", 1, "2024-03-01T22:05:00+02:00" },
    { "2024-03-01T22:00:00+02:00", "300.0", 24, "2024-03-02T00:00:00+02:00" },
    { "2024-02-28T23:59:30Z", "60", 1440, "2024-02-29T23:59:30Z" },
    { "2023-02-28T23:59:30", "60", 1, "2023-03-01T00:00:30" },
    /* Its own offset stays, also over a change of the clock. */
    { "2024-03-31T01:55:00.000+01:00", "300", 2,
      "2024-03-31T02:05:00.000+01:00" },
    { "2024-03-01T22:00:00.250Z", "0.5", 3, "2024-03-01T22:00:01.750Z" },
    { "2024-03-01T22:00:00Z", "0.1", 3, "2024-03-01T22:00:00.3Z" },
    { "2024-03-01T22:00:00.9Z", "0.1", 1, "2024-03-01T22:00:01.0Z" },
    { "2024-03-01T22:00:00Z", "3e2", 2, "2024-03-01T22:10:00Z" },
    { "2024-03-01T22:00:00Z", "3E+2", 2, "2024-03-01T22:10:00Z" },
    { "2024-03-01T22:00:00Z", "25e-2", 3, "2024-03-01T22:00:00.75Z" },
    { "2024-03-01T22:00:00Z", "1e-9", 1, "2024-03-01T22:00:00.000000001Z" },
    { "2024-03-01 22:00:00Z", "60", 1, "2024-03-01T22:01:00Z" },
    { "1969-12-31T23:59:59.5Z", "1", 1, "1970-01-01T00:00:00.5Z" },
    { "2024-03-01T22:00:00Z", "1", INT64_C(300000000000), NULL },
    { "2024-03-01T22:00:00Z", "1e15", 999999, NULL },
    { "2024-03-01T22:00:00Z", "0", 0, NULL },
    { "2024-03-01T22:00:00Z", "0.0", 0, NULL },
    { "2024-03-01T22:00:00Z", "-60", 0, NULL },
    { "2024-03-01T22:00:00Z", "1e-10", 0, NULL },
    { "2024-03-01T22:00:00Z", "1e99", 0, NULL },
    { "2024-03-01T22:00:00Z", "60s", 0, NULL },
    { "2024-03-01T22:00:00Z", "", 0, NULL },
    { "2024-03-01", "60", 0, NULL },
    { "today", "60", 0, NULL },
};

static void
test_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct row *r = &rows[i];
        struct buf out = BUF_INIT;
        struct samples s;
        int rc = samples_init(&s, r->start, strlen(r->start), r->interval,
                              strlen(r->interval));

        if (rc == 0)
            rc = samples_time(&out, &s, r->i);
        if (rc < 0)
            buf_clear(&out);
        if (strcmp(buf_str(&out), r->want ? r->want : "") != 0)
            fail_msg("%s + %lld * %s: %s", r->start, (long long)r->i,
                     r->interval, buf_str(&out));
        buf_free(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
