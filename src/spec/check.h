#ifndef SPEC_CHECK_H
#define SPEC_CHECK_H

struct err;
struct provider;

/*
 * Checks a provider's tables: names unique and well formed, docs given, keys
 * present and declared, window, paging and time words that agree. The unit
 * tests run it over the whole registry: a wrong table fails there, never in a
 * user's run. Returns 0, or -1 with the first fault.
 */
int spec_check(const struct provider *p, struct err *e);

#endif
