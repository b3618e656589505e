#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

enum { PATH_N_MAX = 1024 };

void
tree_die(const char *what)
{
    perror(what);
    exit(70);
}

void
tree_add(struct tree *t, const char *path, mode_t mode, const char *p, size_t n)
{
    t->node = mem_resize(t->node, t->n + 1, sizeof(*t->node));
    t->node[t->n++] = (struct node){
        .path = mem_strdup(path),
        .mode = mode,
        .p = p ? mem_strndup(p, n) : NULL,
        .n = n,
    };
}

static int
by_path(const void *a, const void *b)
{
    const struct node *x = a, *y = b;

    return strcmp(x->path, y->path);
}

void
tree_sort(struct tree *t)
{
    if (t->n > 0)
        qsort(t->node, t->n, sizeof(*t->node), by_path);
}

static char *
read_file(const char *path, size_t n)
{
    char *p = mem_alloc(n + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || read(fd, p, n) != (ssize_t)n)
        tree_die(path);
    (void)close(fd);
    return p;
}

static void
read_dir(struct tree *t, const char *root, const char *below)
{
    char path[PATH_N_MAX], name[PATH_N_MAX / 2];
    const struct dirent *entry;
    struct stat st;
    DIR *d;

    (void)snprintf(path, sizeof(path), "%s/%s", root, below);
    d = opendir(path);
    if (!d)
        tree_die(path);
    while ((entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(name, sizeof(name), "%s%s%s", below, *below ? "/" : "",
                       entry->d_name);
        (void)snprintf(path, sizeof(path), "%s/%s", root, name);
        if (lstat(path, &st) < 0)
            tree_die(path);
        if (S_ISDIR(st.st_mode)) {
            tree_add(t, name, st.st_mode & 07777, NULL, 0);
            read_dir(t, root, name);
        } else {
            char *p = read_file(path, (size_t)st.st_size);

            tree_add(t, name, st.st_mode & 07777, p, (size_t)st.st_size);
            free(p);
        }
    }
    (void)closedir(d);
}

void
tree_read(struct tree *t, const char *root)
{
    read_dir(t, root, "");
    tree_sort(t);
}

void
tree_clear_dir(const char *root)
{
    char path[PATH_N_MAX];
    const struct dirent *entry;
    struct stat st;
    DIR *d = opendir(root);

    if (!d)
        tree_die(root);
    while ((entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", root, entry->d_name);
        if (lstat(path, &st) < 0)
            tree_die(path);
        if (S_ISDIR(st.st_mode))
            tree_clear_dir(path);
        if ((S_ISDIR(st.st_mode) ? rmdir(path) : unlink(path)) < 0)
            tree_die(path);
    }
    (void)closedir(d);
}

static void
write_file(const char *path, const struct node *node)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, node->mode);

    if (fd < 0 || write(fd, node->p, node->n) != (ssize_t)node->n)
        tree_die(path);
    (void)close(fd);
}

void
tree_write(const struct tree *t, const char *root)
{
    char path[PATH_N_MAX];

    tree_clear_dir(root);
    for (size_t i = 0; i < t->n; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", root, t->node[i].path);
        if (t->node[i].p)
            write_file(path, &t->node[i]);
        else if (mkdir(path, t->node[i].mode) < 0)
            tree_die(path);
    }
}

void
tree_copy(struct tree *t, const struct tree *from)
{
    for (size_t i = 0; i < from->n; i++)
        tree_add(t, from->node[i].path, from->node[i].mode, from->node[i].p,
                 from->node[i].n);
}

void
tree_free(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->node[i].path);
        free(t->node[i].p);
    }
    free(t->node);
    *t = (struct tree)TREE_INIT;
}

const struct node *
tree_find(const struct tree *t, const char *path)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->node[i].path, path) == 0)
            return &t->node[i];
    return NULL;
}

static const char *
node_diff(const struct node *have, const struct node *want)
{
    if (!have->p != !want->p)
        return "is of another kind";
    if (have->mode != want->mode)
        return "has another mode";
    if (have->n != want->n || (have->p && memcmp(have->p, want->p, have->n)))
        return "has other content";
    return NULL;
}

const char *
tree_diff(const struct tree *have, const struct tree *want)
{
    static char text[PATH_N_MAX + 100];
    size_t i = 0, k = 0;

    while (i < have->n || k < want->n) {
        const struct node *a = i < have->n ? &have->node[i] : NULL;
        const struct node *b = k < want->n ? &want->node[k] : NULL;
        int order = !a ? 1 : !b ? -1 : strcmp(a->path, b->path);
        const struct node *first = order <= 0 ? a : b;
        const char *what = order < 0   ? "is too many"
                           : order > 0 ? "is missing"
                                       : node_diff(a, b);

        i += order <= 0;
        k += order >= 0;
        if (!what || text_starts(first->path, ".wearchive/torn"))
            continue;
        (void)snprintf(text, sizeof(text), "%s %s", first->path, what);
        return text;
    }
    return NULL;
}
