#ifndef TESTS_FAULT_DISK_H
#define TESTS_FAULT_DISK_H

struct tree;

/*
 * What a power loss leaves: a model of a disk that keeps only what was synced.
 * It lies in a folder of its own, the shadow, so that it outlives the process:
 *
 *   live-INODE  a hard link to each file that there ever was
 *   data-INODE  its bytes when it was last synced; none: never
 *   dir-A+B     names in the folder a/b when that was last synced
 */

enum disk_loss {
    LOSS_ALL,   /* nothing is there that was not synced */
    LOSS_DATA,  /* names are as they were last, bytes as they were synced */
    LOSS_NAMES, /* the reverse */
    LOSS_HALF,  /* names as they were last, the first half of the new bytes */
    LOSS_ZEROS, /* the same, but where a file grew there are zeros */
    LOSS_N
};

const char *disk_loss_word(enum disk_loss loss);

/* Everything in root is safe. shadow is an empty folder beside it. */
void disk_start(const char *shadow, const char *root);
/* A file was created. */
void disk_created(const char *shadow, const char *path);
/* A file or folder of that name was synced. */
void disk_synced(const char *shadow, const char *root, int fd,
                 const char *path);
/* Adds what is left of root to a fresh tree. */
void disk_lose(struct tree *t, const char *shadow, const char *root,
               enum disk_loss loss);

#endif
