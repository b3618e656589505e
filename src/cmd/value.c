#include "cmd/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"
#include "base/tm.h"
#include "engine/source.h"

static const struct {
    const char *name;
    enum format bit;
} formats_known[] = {
    { "csv", FORMAT_CSV },
    { "jsonl", FORMAT_JSONL },
    { "raw", FORMAT_RAW },
};

unsigned
value_format_bit(const char *name)
{
    size_t n = sizeof(formats_known) / sizeof(formats_known[0]);

    for (size_t i = 0; i < n; i++)
        if (text_is(formats_known[i].name, name))
            return formats_known[i].bit;
    return 0;
}

int
value_formats(unsigned *formats, const char *text)
{
    struct list names = LIST_INIT;
    unsigned all = 0;
    bool is_good = true;

    list_split(&names, text);
    for (size_t i = 0; i < names.n; i++) {
        unsigned bit = value_format_bit(names.item[i]);

        is_good = is_good && bit;
        all |= bit;
    }
    list_free(&names);
    if (!is_good || all == 0)
        return -1;
    *formats |= all;
    return 0;
}

static int
set_time(int64_t *out, const char *text, int64_t day_adds)
{
    int64_t t;

    if (tm_parse_day(&t, text) == 0)
        t += day_adds;
    else if (tm_parse(&t, text) < 0)
        return -1;
    *out = t;
    return 0;
}

static int
set_number(int64_t *out, const char *text, int64_t low, int64_t high)
{
    int64_t value;

    if (num_str(&value, text) < 0 || value < low || value > high)
        return -1;
    *out = value;
    return 0;
}

static int
set_span(int64_t *out, const char *text, int64_t min)
{
    int64_t seconds;

    if (num_duration(&seconds, text) < 0 || seconds < min ||
        seconds > INT32_MAX)
        return -1;
    *out = seconds;
    return 0;
}

static int
set_list(struct list *out, const char *text)
{
    size_t before = out->n;

    list_split(out, text);
    return out->n > before ? 0 : -1;
}

static int
set_text(const char **out, const char *text)
{
    *out = text;
    return *text ? 0 : -1;
}

/* Copies it, and hides it from those who look at the process list later. A
 * control character would break the header that it goes into. */
static int
set_secret(struct buf *out, char *text)
{
    size_t n = strlen(text);
    bool is_good = true;

    buf_wipe(out);
    buf_adds(out, text_trim(text));
    memset(text, '*', n);
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < ' ' || out->p[i] == 0x7f)
            is_good = false;
    return out->n && is_good ? 0 : -1;
}

int
value_set(void *field, enum arg_kind kind, char *text)
{
    switch (kind) {
    case ARG_NONE:
        *(bool *)field = true;
        return 0;
    case ARG_TIMES:
        ++*(int *)field;
        return 0;
    case ARG_TEXT:
        return set_text(field, text);
    case ARG_LIST:
        return set_list(field, text);
    case ARG_FORMAT:
        return value_formats(field, text);
    case ARG_FROM:
        return set_time(field, text, 0);
    case ARG_TO:
        return set_time(field, text, DAY);
    case ARG_COUNT:
        return set_number(field, text, 1, INT32_MAX);
    case ARG_HOURS:
        return set_number(field, text, 0, INT32_MAX);
    case ARG_PORT:
        return set_number(field, text, 0, UINT16_MAX);
    case ARG_SPAN:
        return set_span(field, text, 1);
    case ARG_SECRET:
        return set_secret(field, text);
    case ARG_WAIT:
        if (text)
            return set_span(field, text, 0);
        *(int64_t *)field = -1;
        return 0;
    }
    return -1;
}

const char *
value_wanted(enum arg_kind kind)
{
    switch (kind) {
    case ARG_FORMAT:
        return "one or several of csv, jsonl, raw";
    case ARG_FROM:
    case ARG_TO:
        return "a day like 2024-03-01 or a time like 2024-03-01T04:00:00Z";
    case ARG_COUNT:
        return "a whole number from 1";
    case ARG_HOURS:
        return "a whole number from 0";
    case ARG_PORT:
        return "a number from 0 to 65535";
    case ARG_SPAN:
    case ARG_WAIT:
        return "a time like 90, 90s, 15m or 6h";
    case ARG_LIST:
        return "a list of names";
    case ARG_NONE:
    case ARG_TIMES:
        return "nothing";
    case ARG_TEXT:
    case ARG_SECRET:
        return "a value";
    }
    return "";
}
