#ifndef TESTS_FAULT_TREE_H
#define TESTS_FAULT_TREE_H

#include <stddef.h>
#include <sys/stat.h>

/* A folder with all that is in it, in memory. */
struct node {
    char *path; /* below the folder, without a slash in front */
    mode_t mode;
    char *p; /* NULL: a folder */
    size_t n;
};

struct tree {
    struct node *node; /* by path */
    size_t n;
};

#define TREE_INIT                                                              \
    {                                                                          \
        .node = NULL                                                           \
    }

/* A failure of these ends the program: the test cannot go on. */
void tree_read(struct tree *t, const char *root);
/* Makes root hold this and nothing else. */
void tree_write(const struct tree *t, const char *root);
void tree_clear_dir(const char *root);
/* In any order; tree_sort() afterwards. p is copied; NULL: a folder. */
void tree_add(struct tree *t, const char *path, mode_t mode, const char *p,
              size_t n);
void tree_sort(struct tree *t);
void tree_copy(struct tree *t, const struct tree *from);
void tree_free(struct tree *t);

const struct node *tree_find(const struct tree *t, const char *path);
/* Where they differ, good until the next call; NULL if they do not. What lies
 * in .wearchive/torn is not looked at. */
const char *tree_diff(const struct tree *have, const struct tree *want);

/* Ends the program with a line and errno. */
void tree_die(const char *what) __attribute__((noreturn));

#endif
