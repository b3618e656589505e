#ifndef SPEC_PERCHECK_H
#define SPEC_PERCHECK_H

struct category;
struct err;
struct provider;

/* Part of spec_check(): what a category says of requests that are made record
 * by record, and of answers that have a list for each column. */
int percheck(const struct provider *p, const struct category *c, struct err *e);

#endif
