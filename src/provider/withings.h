#ifndef PROVIDER_WITHINGS_H
#define PROVIDER_WITHINGS_H

struct provider;

extern const struct provider withings_provider;

#endif
