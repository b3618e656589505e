#ifndef AUTH_UNFINISHED_H
#define AUTH_UNFINISHED_H

#include <stdbool.h>

struct token_store;

/*
 * What a writer of the token store that was killed has left beside it. If all
 * of it is there, it is what the store was to be, and a pair in it that is not
 * to be had again: it takes the store's place. Half of it is removed, since it
 * may hold secrets. One that is encrypted with a key that is not at hand stays
 * for who has the key.
 */

/* Is there something? */
bool unfinished_is_there(const struct token_store *s);
/* Puts that right; the caller holds the lock. Says nothing if it cannot: the
 * next writer comes across it again. */
void unfinished_settle(const struct token_store *s);

#endif
