#ifndef SYS_SIGNAL_H
#define SYS_SIGNAL_H

/* SIGINT and SIGTERM set a flag, nothing else; SIGPIPE and SIGXFSZ are
 * ignored, so that a write fails with EPIPE or EFBIG instead of killing us. */
void signal_setup(void);

/* The signal that asked us to stop, or 0. */
int signal_stop(void);

#endif
