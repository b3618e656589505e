#ifndef SYS_BESIDE_H
#define SYS_BESIDE_H

/*
 * Work that is done by another thread while we do some, too. It reads what
 * nobody changes meanwhile, and writes only what is its own, or what a lock
 * guards. It gets no signals.
 */
struct beside;

/* NULL if there is only one processor for us, or no thread to be had. */
struct beside *beside_start(void (*work)(void *arg), void *arg);
/* Waits until the work is done. */
void beside_end(struct beside *b);

#endif
