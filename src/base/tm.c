#include "base/tm.h"

#include <string.h>

#include "base/num.h"

/* Days since 1970-01-01 (the well-known civil calendar arithmetic on years
 * that start in March). */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
    int64_t era, doe;
    int yoe, doy;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = (int)(y - era * 400);
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    doe = (int64_t)yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void
civil_from_days(int64_t days, int64_t *y, int *m, int *d)
{
    int64_t era, doe, yoe;
    int doy, mp;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    doe = days - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = (int)(doe - (365 * yoe + yoe / 4 - yoe / 100));
    mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp + (mp < 10 ? 3 : -9);
    *y = yoe + era * 400 + (*m <= 2);
}

static int
digits(const char *p, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

static int
month_days(int y, int m)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return days[m - 1] + (m == 2 && leap);
}

static int
parse_date(int64_t *sec, const char *p)
{
    int y = digits(p, 4), m = digits(p + 5, 2), d = digits(p + 8, 2);

    if (y < 0 || p[4] != '-' || p[7] != '-')
        return -1;
    if (m < 1 || m > 12 || d < 1 || d > month_days(y, m))
        return -1;
    *sec = days_from_civil(y, m, d) * DAY;
    return 0;
}

/* "Z", "+hh:mm", "+hhmm" or nothing. */
static int
parse_zone(int64_t *offset, const char *p, size_t n)
{
    int h, m;

    *offset = 0;
    if (n == 0 || (n == 1 && (*p == 'Z' || *p == 'z')))
        return 0;
    if ((*p != '+' && *p != '-') || (n != 5 && n != 6))
        return -1;
    if (n == 6 && p[3] != ':')
        return -1;
    h = digits(p + 1, 2);
    m = digits(p + n - 2, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59)
        return -1;
    *offset = (int64_t)h * HOUR + (int64_t)m * 60;
    if (*p == '-')
        *offset = -*offset;
    return 0;
}

/* Digits after the point; gives how many characters were read. */
static size_t
parse_fraction(int32_t *nsec, const char *p, size_t n)
{
    int32_t scale = 100000000;
    size_t i = 1;

    *nsec = 0;
    if (n < 2 || (p[0] != '.' && p[0] != ',') || p[1] < '0' || p[1] > '9')
        return 0;
    for (; i < n && p[i] >= '0' && p[i] <= '9'; i++) {
        *nsec += (p[i] - '0') * scale;
        scale /= 10;
    }
    return i;
}

int
tm_instant(struct instant *out, const char *p, size_t n)
{
    enum { DATE = 10, TIME = 19 };
    int h, m, s;
    int64_t offset;
    size_t used;

    out->nsec = 0;
    if (n < DATE || parse_date(&out->sec, p) < 0)
        return -1;
    if (n == DATE)
        return 0;
    if (n < TIME || (p[10] != 'T' && p[10] != 't' && p[10] != ' '))
        return -1;
    h = digits(p + 11, 2);
    m = digits(p + 14, 2);
    s = digits(p + 17, 2);
    if (p[13] != ':' || p[16] != ':' || h < 0 || h > 23 || m < 0 || m > 59 ||
        s < 0 || s > 60)
        return -1;
    used = TIME + parse_fraction(&out->nsec, p + TIME, n - TIME);
    if (parse_zone(&offset, p + used, n - used) < 0)
        return -1;
    out->sec += (int64_t)h * HOUR + (int64_t)m * 60 + s - offset;
    return 0;
}

int
tm_parse(int64_t *unix_s, const char *text)
{
    struct instant t;

    if (tm_instant(&t, text, strlen(text)) < 0)
        return -1;
    *unix_s = t.sec;
    return 0;
}

int
tm_parse_day(int64_t *unix_s, const char *text)
{
    if (strlen(text) != 10)
        return -1;
    return parse_date(unix_s, text);
}

int
tm_compare(const struct instant *a, const struct instant *b)
{
    if (a->sec != b->sec)
        return a->sec < b->sec ? -1 : 1;
    return (a->nsec > b->nsec) - (a->nsec < b->nsec);
}

int64_t
tm_floor_day(int64_t unix_s)
{
    int64_t rest = unix_s % DAY;

    return unix_s - rest - (rest < 0 ? DAY : 0);
}

static void
put_2(char *out, int n)
{
    out[0] = (char)('0' + n / 10);
    out[1] = (char)('0' + n % 10);
}

void
tm_day(char out[11], int64_t unix_s)
{
    int64_t y;
    int m, d;

    civil_from_days(tm_floor_day(unix_s) / DAY, &y, &m, &d);
    y = y < 0 ? 0 : y > 9999 ? 9999 : y;
    put_2(out, (int)(y / 100));
    put_2(out + 2, (int)(y % 100));
    out[4] = out[7] = '-';
    put_2(out + 5, m);
    put_2(out + 8, d);
    out[10] = '\0';
}

void
tm_utc(char out[21], int64_t unix_s)
{
    int s = (int)(unix_s - tm_floor_day(unix_s));

    tm_day(out, unix_s);
    out[10] = 'T';
    put_2(out + 11, s / HOUR);
    put_2(out + 14, s / 60 % 60);
    put_2(out + 17, s % 60);
    out[13] = out[16] = ':';
    out[19] = 'Z';
    out[20] = '\0';
}

/* What the letters of a form stand for; others stand for themselves. */
enum { DAY_OF_MONTH, MONTH, YEAR, YEAR_OF_CENTURY, HOURS, MINUTES, SECONDS };
static const char http_fields[] = "dbYyhms";

/* Behind the name of the day. The second and the last are obsolete and must be
 * read all the same; others are not allowed, and are sent. */
static const char *const http_forms[] = {
    "dd bbb YYYY hh:mm:ss GMT",   "dd-bbb-yy hh:mm:ss GMT",
    "dd bbb YYYY hh:mm:ss UTC",   "dd bbb YYYY hh:mm:ss +0000",
    "dd bbb YYYY hh:mm:ss -0000", "bbb dd hh:mm:ss YYYY",
};

/* 1 to 12; -1: none. */
static int
month_named(const char *p)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int m = 1; m <= 12; m++)
        if (memcmp(p, &months[(size_t)(m - 1) * 3], 3) == 0)
            return m;
    return -1;
}

static int
http_field(char letter, const char *p, size_t n)
{
    int y;

    switch (letter) {
    case 'b':
        return month_named(p);
    case 'd': /* " 6" in one of the forms */
        return *p == ' ' ? digits(p + 1, n - 1) : digits(p, n);
    case 'y':
        y = digits(p, n);
        return y < 0 ? -1 : y + (y < 70 ? 2000 : 1900);
    default:
        return digits(p, n);
    }
}

static int
match_http(int field[sizeof(http_fields)], const char *form, const char *text)
{
    while (*form) {
        const char letter[] = { *form, '\0' };
        const char *at = strchr(http_fields, *form);
        size_t n = at ? strspn(form, letter) : 1;

        if (strlen(text) < n || (!at && *text != *form))
            return -1;
        if (at) {
            field[at - http_fields] = http_field(*form, text, n);
            if (field[at - http_fields] < 0)
                return -1;
        }
        form += n;
        text += n;
    }
    return *text ? -1 : 0;
}

static int
http_time(int64_t *unix_s, const int *field)
{
    int y = field[YEAR] ? field[YEAR] : field[YEAR_OF_CENTURY];

    if (field[DAY_OF_MONTH] < 1 ||
        field[DAY_OF_MONTH] > month_days(y, field[MONTH]) ||
        field[HOURS] > 23 || field[MINUTES] > 59 || field[SECONDS] > 60)
        return -1;
    *unix_s = days_from_civil(y, field[MONTH], field[DAY_OF_MONTH]) * DAY +
              (int64_t)field[HOURS] * HOUR + (int64_t)field[MINUTES] * 60 +
              field[SECONDS];
    return 0;
}

int
tm_parse_http(int64_t *unix_s, const char *text)
{
    const char *blank = strchr(text, ' ');

    for (size_t i = 0; blank && i < sizeof(http_forms) / sizeof(*http_forms);
         i++) {
        int field[sizeof(http_fields)] = { 0 };

        if (match_http(field, http_forms[i], blank + 1) == 0)
            return http_time(unix_s, field);
    }
    return -1;
}
