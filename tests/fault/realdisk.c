/* unshare() and mount() are of Linux alone. */
#define _GNU_SOURCE

#include "realdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "scenario.h"
#include "subject.h"
#include "wrap.h"

enum { PAGE = 4096, FREE_MAX = 200, EXIT_STORAGE = 6 };

/* Mounts of ours are seen by nobody else and go with the process. */
static bool
may_mount(void)
{
    static int answer = -1;

    if (answer < 0)
        answer = unshare(CLONE_NEWNS) == 0 &&
                 mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    return answer > 0;
}

static void
skip(const char *what)
{
    static bool was_said;

    if (!was_said)
        (void)fprintf(stderr, "skipped: %s: %s\n", what, strerror(errno));
    was_said = true;
}

static void
tell(struct real_counts *counts, const struct subject *s, const struct place *p,
     const char *what, const char *why)
{
    counts->points++;
    if (!why)
        return;
    counts->failed++;
    (void)fprintf(stderr, "FAILED  %s: %s: %s\n%s", s->scene->name, what, why,
                  place_said(p));
}

/* Takes all space of the file system but so many pages. */
static void
fill(const char *path, const char *root, unsigned long pages)
{
    static const char page[PAGE];
    struct statvfs fs;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || statvfs(root, &fs) < 0)
        tree_die(path);
    for (unsigned long i = fs.f_bavail; i > pages; i--)
        if (write(fd, page, sizeof(page)) != sizeof(page))
            break;
    (void)close(fd);
}

/* One run with that much space; true if it got through. */
static bool
try_full(struct real_counts *counts, const struct subject *s,
         const struct place *p, unsigned long pages)
{
    const struct fault_plan plan = { .at = 0 };
    struct tree after = TREE_INIT;
    char filler[300], what[64];
    const char *why = NULL;
    struct outcome o;

    (void)snprintf(what, sizeof(what), "%lu pages free", pages);
    (void)snprintf(filler, sizeof(filler), "%s/filler", p->root);
    tree_write(&s->before, p->root);
    fill(filler, p->root, pages);
    o = place_run(p, s, &plan);
    if (unlink(filler) < 0)
        tree_die(filler);
    tree_read(&after, p->root);
    if (o.signal != 0 || (o.code != 0 && o.code != EXIT_STORAGE))
        why = "exit code is not 0 or 6";
    if (!why)
        why = place_said_well(p, &o);
    if (!why && o.code == 0)
        why = tree_diff(&after, subject_end(s));
    if (!why)
        why = place_verdict(p, s, &after, (size_t)fault_shared->marks,
                            s->scene->file != NULL);
    tell(counts, s, p, what, why);
    tree_free(&after);
    return o.code == 0;
}

static void
full(struct real_counts *counts, const struct subject *s, const struct place *p)
{
    unsigned long pages = 0;

    if (mount("tmpfs", p->root, "tmpfs", MS_NOSUID | MS_NODEV,
              "size=1m,mode=0700") < 0) {
        skip("a small tmpfs");
        return;
    }
    while (pages < FREE_MAX && !try_full(counts, s, p, pages))
        pages++;
    if (umount(p->root) < 0)
        tree_die("umount");
}

static void
read_only(struct real_counts *counts, const struct subject *s,
          const struct place *p)
{
    const struct fault_plan plan = { .at = 0 };
    struct tree after = TREE_INIT;
    const char *why = NULL;
    struct outcome o;

    tree_write(&s->before, p->root);
    if (mount(p->root, p->root, NULL, MS_BIND, NULL) < 0 ||
        mount(NULL, p->root, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) <
            0) {
        skip("a read-only mount");
        return;
    }
    o = place_run(p, s, &plan);
    if (umount(p->root) < 0)
        tree_die("umount");
    tree_read(&after, p->root);
    if (o.signal != 0 || o.code != EXIT_STORAGE)
        why = "exit code is not 6";
    if (!why)
        why = place_said_well(p, &o);
    if (!why)
        why = tree_diff(&after, &s->before);
    if (!why)
        why = place_verdict(p, s, &after, 0, s->scene->file != NULL);
    tell(counts, s, p, "read-only", why);
    tree_free(&after);
}

void
real_scene(struct real_counts *counts, const struct subject *s,
           const struct place *p)
{
    if (!may_mount()) {
        skip("mounts of our own");
        return;
    }
    full(counts, s, p);
    read_only(counts, s, p);
}
