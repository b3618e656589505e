#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * Lines on stderr about a run, each one "wearchive: CONTEXT: text". Never
 * given a token, a header value, a query string or a body.
 */

enum log_level {
    LOG_QUIET = -1, /* errors only */
    LOG_WARN = 0,   /* what a person should know although the run goes on */
    LOG_INFO = 1,   /* -v */
    LOG_DEBUG = 2,  /* -vv */
};

void log_set_level(enum log_level level);
enum log_level log_get_level(void);

void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
