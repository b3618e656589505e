#ifndef PROVIDER_WHOOP_H
#define PROVIDER_WHOOP_H

struct provider;

/* WHOOP's developer API, version 2. */
extern const struct provider whoop_provider;

#endif
