#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/fs.h"
#include "tree.h"

enum { PATH_N_MAX = 1024, FILE_MAX = 64 << 20 };

const char *
disk_loss_word(enum disk_loss loss)
{
    static const char *const words[LOSS_N] = {
        [LOSS_ALL] = "all",   [LOSS_DATA] = "data",   [LOSS_NAMES] = "names",
        [LOSS_HALF] = "half", [LOSS_ZEROS] = "zeros",
    };

    return words[loss];
}

static void
shadow_name(char out[PATH_N_MAX], const char *shadow, const char *kind,
            uint64_t inode)
{
    (void)snprintf(out, PATH_N_MAX, "%s/%s-%" PRIu64, shadow, kind, inode);
}

/* The name of a folder's list of names; below: its path below the root. */
static void
list_name(char out[PATH_N_MAX], const char *shadow, const char *below)
{
    int n = snprintf(out, PATH_N_MAX, "%s/dir-", shadow);

    for (; *below && n < PATH_N_MAX - 1; below++)
        out[n++] = *below == '/' ? '+' : *below;
    out[n] = '\0';
}

static bool
read_whole(struct buf *b, const char *path)
{
    struct err e = ERR_INIT;
    struct stat st;

    buf_clear(b);
    if (stat(path, &st) < 0)
        return false;
    if (fs_read(b, path, FILE_MAX, &e) < 0)
        tree_die(path);
    return true;
}

static void
write_whole(const char *path, const struct buf *b)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, b->p, b->n) != (ssize_t)b->n)
        tree_die(path);
    (void)close(fd);
}

void
disk_created(const char *shadow, const char *path)
{
    char live[PATH_N_MAX];
    struct stat st;

    if (stat(path, &st) < 0)
        tree_die(path);
    shadow_name(live, shadow, "live", (uint64_t)st.st_ino);
    if (link(path, live) < 0 && errno != EEXIST)
        tree_die(live);
}

static void
keep_data(const char *shadow, uint64_t inode)
{
    char live[PATH_N_MAX], data[PATH_N_MAX];
    struct buf b = BUF_INIT;

    shadow_name(live, shadow, "live", inode);
    shadow_name(data, shadow, "data", inode);
    if (read_whole(&b, live))
        write_whole(data, &b);
    buf_free(&b);
}

/* Names of a folder: "d NAME" or "INODE NAME", one a line. */
static void
list_dir(struct buf *out, const char *path)
{
    char name[PATH_N_MAX];
    const struct dirent *entry;
    struct stat st;
    DIR *d = opendir(path);

    if (!d)
        tree_die(path);
    while ((entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (stat(name, &st) < 0)
            tree_die(name);
        if (S_ISDIR(st.st_mode))
            buf_addf(out, "d %s\n", entry->d_name);
        else
            buf_addf(out, "%" PRIu64 " %s\n", (uint64_t)st.st_ino,
                     entry->d_name);
    }
    (void)closedir(d);
}

static void
keep_names(const char *shadow, const char *path, const char *below)
{
    struct buf names = BUF_INIT;
    char list[PATH_N_MAX];

    list_name(list, shadow, below);
    list_dir(&names, path);
    write_whole(list, &names);
    buf_free(&names);
}

static const char *
below_root(const char *path, const char *root)
{
    size_t n = strlen(root);

    if (strncmp(path, root, n) != 0)
        return NULL;
    return path[n] == '/' ? path + n + 1 : path[n] ? NULL : path + n;
}

void
disk_synced(const char *shadow, const char *root, int fd, const char *path)
{
    const char *below = below_root(path, root);
    struct stat st;

    if (fstat(fd, &st) < 0)
        tree_die(path);
    if (!S_ISDIR(st.st_mode))
        keep_data(shadow, (uint64_t)st.st_ino);
    else if (below)
        keep_names(shadow, path, below);
}

/* The lines of a folder's list, one after the other. */
struct cursor {
    struct buf text;
    char *next;
};

struct name {
    bool is_dir;
    uint64_t inode;
    const char *text;
};

static bool
next_name(struct name *name, struct cursor *c)
{
    char *line = c->next, *end, *blank;

    if (!line || !*line)
        return false;
    end = strchr(line, '\n');
    *end = '\0';
    c->next = end + 1;
    blank = strchr(line, ' ');
    name->is_dir = line[0] == 'd';
    name->inode = name->is_dir ? 0 : strtoull(line, NULL, 10);
    name->text = blank + 1;
    return true;
}

static void
start_names(struct cursor *c)
{
    (void)buf_str(&c->text); /* a NUL behind it */
    c->next = c->text.p;
}

static void
join(char out[PATH_N_MAX], const char *a, const char *b)
{
    if (snprintf(out, PATH_N_MAX, "%s%s%s", a, *a && *b ? "/" : "", b) >=
        PATH_N_MAX)
        abort();
}

static void
start_dir(const char *shadow, const char *root, const char *below)
{
    struct cursor c = { .text = BUF_INIT };
    char path[PATH_N_MAX], inside[PATH_N_MAX];
    struct name name;

    join(path, root, below);
    keep_names(shadow, path, below);
    list_dir(&c.text, path);
    start_names(&c);
    while (next_name(&name, &c)) {
        join(inside, below, name.text);
        if (name.is_dir) {
            start_dir(shadow, root, inside);
            continue;
        }
        join(path, root, inside);
        disk_created(shadow, path);
        keep_data(shadow, name.inode);
    }
    buf_free(&c.text);
}

void
disk_start(const char *shadow, const char *root)
{
    start_dir(shadow, root, "");
}

/* What the file holds after the loss. */
static void
lose_data(struct buf *out, const char *shadow, uint64_t inode,
          enum disk_loss loss)
{
    struct buf live = BUF_INIT, data = BUF_INIT;
    char path[PATH_N_MAX];
    size_t half;

    shadow_name(path, shadow, "live", inode);
    (void)read_whole(&live, path);
    shadow_name(path, shadow, "data", inode);
    (void)read_whole(&data, path);
    buf_clear(out);
    switch (loss) {
    case LOSS_NAMES:
        buf_add(out, live.p, live.n);
        break;
    case LOSS_HALF:
        half = (live.n + data.n) / 2;
        buf_add(out, live.p, half < live.n ? half : live.n);
        if (data.n > half)
            buf_add(out, data.p + half, data.n - half);
        break;
    case LOSS_ZEROS:
        buf_add(out, data.p, data.n);
        while (out->n < live.n)
            buf_addc(out, '\0');
        break;
    case LOSS_ALL:
    case LOSS_DATA:
    case LOSS_N:
        buf_add(out, data.p, data.n);
        break;
    }
    buf_free(&live);
    buf_free(&data);
}

static void
lose_dir(struct tree *t, const char *shadow, const char *root,
         const char *below, enum disk_loss loss)
{
    struct cursor c = { .text = BUF_INIT };
    struct buf bytes = BUF_INIT;
    char path[PATH_N_MAX], inside[PATH_N_MAX];
    struct name name;

    if (loss == LOSS_ALL || loss == LOSS_NAMES) {
        list_name(path, shadow, below);
        (void)read_whole(&c.text, path);
    } else {
        join(path, root, below);
        list_dir(&c.text, path);
    }
    start_names(&c);
    while (next_name(&name, &c)) {
        join(inside, below, name.text);
        if (name.is_dir) {
            tree_add(t, inside, 0700, NULL, 0);
            lose_dir(t, shadow, root, inside, loss);
            continue;
        }
        lose_data(&bytes, shadow, name.inode, loss);
        tree_add(t, inside, 0600, buf_str(&bytes), bytes.n);
    }
    buf_free(&bytes);
    buf_free(&c.text);
}

void
disk_lose(struct tree *t, const char *shadow, const char *root,
          enum disk_loss loss)
{
    lose_dir(t, shadow, root, "", loss);
    tree_sort(t);
}
