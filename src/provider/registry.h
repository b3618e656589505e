#ifndef PROVIDER_REGISTRY_H
#define PROVIDER_REGISTRY_H

#include <stddef.h>

struct provider;

/* All providers, in the order in which they are listed. */
extern const struct provider *const registry[];
extern const size_t registry_n;

/* By name, or NULL. */
const struct provider *registry_find(const char *name);

/* For text_nearest(): the i-th name, NULL after the last; arg is unused. */
const char *registry_name(const void *arg, size_t i);

#endif
