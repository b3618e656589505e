#ifndef SYS_CORE_H
#define SYS_CORE_H

/* From now on a crash leaves no picture of the memory, which holds secrets,
 * on the disk. */
void core_none(void);

#endif
