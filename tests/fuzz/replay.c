/*
 * main() for a fuzz target without libFuzzer: feeds it every file named on the
 * command line, and every file in a directory named there.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "fuzz.h"

static int
replay_file(const char *path)
{
    struct buf b = BUF_INIT;
    FILE *f = fopen(path, "rb");
    uint8_t *exact;
    size_t n, size;

    if (!f) {
        perror(path);
        return -1;
    }
    while ((n = fread(buf_room(&b, 65536), 1, 65536, f)) > 0)
        b.n += n;
    (void)fclose(f);
    /* No byte behind the end, so that a sanitizer sees reading on. */
    exact = mem_alloc(b.n ? b.n : 1);
    size = b.n;
    if (size)
        memcpy(exact, b.p, size);
    buf_free(&b);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

static int
replay_dir(const char *path, int *files)
{
    struct buf name = BUF_INIT;
    DIR *dir = opendir(path);
    struct dirent *entry;
    int rc = 0;

    if (!dir) {
        perror(path);
        return -1;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        buf_clear(&name);
        buf_addf(&name, "%s/%s", path, entry->d_name);
        if (replay_file(buf_str(&name)) < 0)
            rc = -1;
        ++*files;
    }
    (void)closedir(dir);
    buf_free(&name);
    return rc;
}

int
main(int argc, char **argv)
{
    int rc = 0, files = 0;

    for (int i = 1; i < argc; i++) {
        struct stat st;

        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            rc |= replay_dir(argv[i], &files);
        } else {
            rc |= replay_file(argv[i]);
            files++;
        }
    }
    if (files == 0)
        (void)fprintf(stderr, "%s: no files\n", argv[0]);
    return rc == 0 && files > 0 ? 0 : 1;
}
