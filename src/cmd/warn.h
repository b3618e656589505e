#ifndef CMD_WARN_H
#define CMD_WARN_H

struct setup;
struct source;

/* What a person should know of a login in time; each is said once a day. */

/* It ends within a week, and only a person can renew it. */
void warn_of_end(struct setup *s, struct source *source);
/* A token that is no login, and that the provider may end any day. Cron is told
 * where a login could be had or is there and not used; a person in any case. */
void warn_of_retired(struct setup *s, const struct source *source);

#endif
