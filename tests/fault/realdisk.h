#ifndef TESTS_FAULT_REALDISK_H
#define TESTS_FAULT_REALDISK_H

struct place;
struct subject;

struct real_counts {
    long points;
    long failed;
};

/*
 * A scene on a file system that is really full (a tmpfs, with one page free,
 * then two, and so on until the run gets through), and on one that is really
 * read-only. Where mounting is not allowed, this is said once and skipped.
 */
void real_scene(struct real_counts *counts, const struct subject *s,
                const struct place *p);

#endif
