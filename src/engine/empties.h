#ifndef ENGINE_EMPTIES_H
#define ENGINE_EMPTIES_H

struct err;
struct fetcher;
struct walk;

/*
 * Records of a category with per_record of which there is nothing. That there
 * is none of it any more is believed to the list that has the record, and not
 * to an answer without anything, nor to HTTP 404: rows that are there stay.
 */

/* Those that are to be asked for, and of which the list says that there is
 * none, are not: they leave f->fanout.todo. */
void empties_part(struct fetcher *f);
/* Nothing came for the record of that walk, which was asked for before; it is
 * not done yet. */
void empties_came(struct fetcher *f, const struct walk *w);
/* All answers are there, and before they are made durable: what is done of
 * these is so, and rows that stay are told. -1: the table cannot be used. */
int empties_settle(struct fetcher *f, struct err *e);

#endif
