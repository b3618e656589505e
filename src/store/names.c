#include "store/names.h"

#include <string.h>

#include "base/text.h"

static const struct names names[NAMES_FORMATS] = {
    [TABLE_CSV] = { "csv", ".csv", ".history.csv" },
    [TABLE_JSONL] = { "jsonl", ".jsonl", ".history.jsonl" },
    [TABLE_RAW] = { "raw", ".raw.jsonl", ".raw.history.jsonl" },
};

const struct names *
names_of(enum table_format format)
{
    return &names[format];
}

/* The longest end wins: .raw.history.jsonl is also .jsonl. */
size_t
names_split(enum table_format *format, bool *is_history, const char *name)
{
    size_t n = strlen(name), longest = 0;

    for (int i = 0; i < NAMES_FORMATS; i++) {
        const char *end[] = { names[i].suffix, names[i].history };

        for (int k = 0; k < 2; k++) {
            if (!text_ends(name, end[k]) || strlen(end[k]) <= longest)
                continue;
            longest = strlen(end[k]);
            *format = (enum table_format)i;
            *is_history = k == 1;
        }
    }
    return longest ? n - longest : 0;
}
