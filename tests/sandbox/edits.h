#ifndef SANDBOX_EDITS_H
#define SANDBOX_EDITS_H

#include <stddef.h>

struct buf;
struct item;
struct oura_category;
struct page_edits;
struct person;

/*
 * Changes the record that begins at start of b, which is the newest text
 * there, as the scenarios want it.
 */
void edits_apply(struct buf *b, size_t start, const struct person *p,
                 const struct oura_category *c, const struct item *it,
                 const struct page_edits *edits, size_t page);

#endif
