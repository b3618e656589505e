#ifndef PROVIDER_OURA_H
#define PROVIDER_OURA_H

struct provider;

/* Oura Ring, Cloud API v2. Checked against OpenAPI document 1.37. */
extern const struct provider oura_provider;

#endif
