#include "cmd/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/doc.h"

void
out_setup(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            /* The lowest free number is fd; it stays open, and a write to
             * one that was opened for reading fails. */
            (void)open("/dev/null", fd == STDERR_FILENO ? O_RDWR : O_RDONLY);
}

int
out_print(const struct buf *b, struct err *e)
{
    for (size_t done = 0; done < b->n;) {
        ssize_t n = write(STDOUT_FILENO, b->p + done, b->n - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE)
            return 0; /* the reader has seen enough: "| head" */
        if (n < 0)
            return err_set(e, ERR_OTHER, "write to standard output: %s",
                           strerror(errno));
        done += (size_t)n;
    }
    return 0;
}

struct cJSON *
out_object(void)
{
    static const char empty[] = "{}";
    struct err e = ERR_INIT;

    return doc_parse(empty, strlen(empty), &e); /* cannot fail */
}

int
out_json(const struct cJSON *doc, struct err *e)
{
    struct buf text = BUF_INIT;
    int rc;

    doc_print(&text, doc);
    if (text.n == 0 || text.p[text.n - 1] != '\n')
        buf_addc(&text, '\n');
    rc = out_print(&text, e);
    buf_free(&text);
    return rc;
}

/* Characters of UTF-8 text. */
static size_t
text_width(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void
pad(struct buf *out, size_t n)
{
    while (n--)
        buf_addc(out, ' ');
}

static void
add_row(struct buf *out, char *const *cell, const size_t *width, size_t columns,
        unsigned right)
{
    for (size_t i = 0; i < columns; i++) {
        size_t rest = width[i] - text_width(cell[i]);

        if (right >> i & 1)
            pad(out, rest);
        buf_adds(out, cell[i]);
        if (!(right >> i & 1))
            pad(out, rest);
        pad(out, i + 1 < columns ? 2 : 0);
    }
    while (out->n && out->p[out->n - 1] == ' ')
        out->n--;
    buf_addc(out, '\n');
}

void
out_table(struct buf *out, const struct list *cells, size_t columns,
          unsigned right)
{
    size_t *width = mem_zalloc(columns * sizeof(*width));

    for (size_t i = 0; i < cells->n; i++)
        if (text_width(cells->item[i]) > width[i % columns])
            width[i % columns] = text_width(cells->item[i]);
    for (size_t i = 0; i + columns <= cells->n; i += columns)
        add_row(out, cells->item + i, width, columns, right);
    free(width);
}
