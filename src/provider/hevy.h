#ifndef PROVIDER_HEVY_H
#define PROVIDER_HEVY_H

struct provider;

/* Hevy's public API, version 1, for subscribers of Hevy Pro. */
extern const struct provider hevy_provider;

#endif
