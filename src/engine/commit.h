#ifndef ENGINE_COMMIT_H
#define ENGINE_COMMIT_H

struct engine;

/* When rows and state become durable: rows first, category by category, then
 * the state that knows of them (DESIGN 2.3). What fails is the category's own
 * result, or the engine's fault if it is the disk. */

/* Everything taken so far to disk. */
void commit_all(struct engine *g);

/* To be called when something was taken: begins a commit when it is time for
 * one, and makes room if too much is in memory. */
void commit_if_due(struct engine *g);

/* A step of a commit that was begun, so that answers do not wait for all of
 * it. */
void commit_step(struct engine *g);

/* Tables that the configuration wants in another profile than they have. */
void commit_recast(struct engine *g);

/* A full disk is one line: tables that it left without order are put so by the
 * next run that has room. */
void commit_tell_unsorted(struct engine *g);

#endif
