#ifndef TESTS_FAULT_JUDGE_H
#define TESTS_FAULT_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

struct tree;

/*
 * Looks at an archive after something went wrong. Its readers of CSV and of
 * the state are its own, so that they cannot share a mistake with the
 * product.
 *
 * mark: what the archive is after each commit of an undisturbed run; the
 * first one is how it was before, the last one the end.
 */
struct judge_in {
    const struct tree *now;
    const struct tree *mark;
    size_t marks;
    size_t promised; /* commits that returned: mark[promised] has to be there */
    bool may_be_torn; /* a last line without its end is no error */
};

/*
 * Every table parses, no key is there twice, every row is one that the run
 * could have written, no row that was promised (by a commit, or by the
 * coverage in the state) is lost, and what was replaced is in the history.
 * NULL, or what is wrong, good until the next call.
 */
const char *judge(const struct judge_in *in);

#endif
