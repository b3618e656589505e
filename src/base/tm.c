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

int
tm_parse_http(int64_t *unix_s, const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int y, d, h, m, s, month = 0;

    if (strlen(text) != 29 || strcmp(text + 25, " GMT") != 0 ||
        text[7] != ' ' || text[11] != ' ' || text[19] != ':' || text[22] != ':')
        return -1;
    while (month < 12 && memcmp(text + 8, &months[(size_t)month * 3], 3) != 0)
        month++;
    d = digits(text + 5, 2);
    y = digits(text + 12, 4);
    h = digits(text + 17, 2);
    m = digits(text + 20, 2);
    s = digits(text + 23, 2);
    if (month == 12 || y < 0 || d < 1 || d > month_days(y, month + 1) ||
        h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
        return -1;
    *unix_s = days_from_civil(y, month + 1, d) * DAY + (int64_t)h * HOUR +
              (int64_t)m * 60 + s;
    return 0;
}
