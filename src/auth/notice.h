#ifndef AUTH_NOTICE_H
#define AUTH_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

struct client;
struct token_store;

/* What a person should know of a login of the token store before it ends. */

/* When a person will have to log in again, as far as it is known; 0: not. */
int64_t notice_ends_at(const struct client *c, struct token_store *s);
/* Is there a login of that source? */
bool notice_is_login(struct token_store *s, const char *source);
/* Notes in the store that something was said about a source's login; false if
 * it was said less than a day ago (an hour less, for a daily cron job). */
bool notice_say(struct token_store *s, const char *source);

#endif
