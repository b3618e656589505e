#ifndef PROVIDER_GOOGLEHEALTH_H
#define PROVIDER_GOOGLEHEALTH_H

struct provider;

extern const struct provider googlehealth_provider;

#endif
