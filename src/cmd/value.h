#ifndef CMD_VALUE_H
#define CMD_VALUE_H

/* The values of options: what kinds there are, and text into fields. */

enum arg_kind {
    ARG_NONE,   /* bool: true when given */
    ARG_TIMES,  /* int: how often it was given */
    ARG_TEXT,   /* const char * */
    ARG_LIST,   /* struct list; takes the words behind it, too */
    ARG_FORMAT, /* unsigned; takes the format names behind it, too */
    ARG_FROM,   /* int64_t: an instant, or the start of a day */
    ARG_TO,     /* int64_t: an instant, or the end of a day */
    ARG_COUNT,  /* int64_t: 1 or more */
    ARG_HOURS,  /* int64_t: 0 or more */
    ARG_PORT,   /* int64_t: 0 to 65535 */
    ARG_SPAN,   /* int64_t: seconds, 1 or more */
    ARG_SECRET, /* struct buf */
    ARG_WAIT,   /* int64_t: seconds, 0 or more; -1 without a value */
};

/*
 * Reads text into a field of the type above. Returns 0, or -1 if it is not
 * as wanted. ARG_TEXT borrows text; ARG_SECRET copies it and overwrites it.
 * text is NULL only where the kind takes none or may go without.
 */
int value_set(void *field, enum arg_kind kind, char *text);

/* What a kind of argument has to look like, for messages. */
const char *value_wanted(enum arg_kind kind);

/* Format names, "csv,raw" or with blanks, to bits of enum format, added to
 * formats. Returns 0, or -1 if a name is unknown or there is none. */
int value_formats(unsigned *formats, const char *text);

/* The bit of one format name; 0 if it is none. */
unsigned value_format_bit(const char *name);

#endif
