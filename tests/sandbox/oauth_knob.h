#ifndef SANDBOX_OAUTH_KNOB_H
#define SANDBOX_OAUTH_KNOB_H

struct oauth;

/* The usual values, for all dialects. */
void knobs_init(struct oauth *o);
/* key is KNOB or PROVIDER.KNOB; with the lock held. -1 if there is no such
 * knob or the value does not fit. */
int knobs_set(struct oauth *o, const char *key, const char *value);
/* For --help. */
extern const char knobs_help[];

#endif
