#ifndef PROVIDER_EIGHTSLEEP_H
#define PROVIDER_EIGHTSLEEP_H

struct provider;

extern const struct provider eightsleep_provider;

#endif
