#ifndef AUTH_PAGE_H
#define AUTH_PAGE_H

struct buf;

/* Adds a web page of a heading and a line of text that loads nothing from
 * anywhere. Both may come from outside: they are escaped. */
void page_add(struct buf *out, const char *heading, const char *text);

#endif
