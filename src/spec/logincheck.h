#ifndef SPEC_LOGINCHECK_H
#define SPEC_LOGINCHECK_H

struct err;
struct provider;

/* Part of spec_check(): the login of a provider. Returns 0, or -1 with
 * ERR_DATA and the member that is wrong. */
int logincheck(const struct provider *p, struct err *e);

#endif
