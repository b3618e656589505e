#include "engine/sheet.h"

#include "base/buf.h"
#include "base/log.h"
#include "data/cell.h"
#include "data/flatten.h"
#include "data/profile.h"

static void
note_cell(struct sheet *s, const struct cell *cell)
{
    struct buf text = BUF_INIT;
    size_t n;

    cell_text(&text, cell);
    n = profile_length(buf_str(&text), text.n);
    if (n > s->longest)
        s->longest = n;
    buf_free(&text);
}

void
sheet_note(struct sheet *s, const struct row *row)
{
    for (size_t i = 0; i < row->n; i++)
        if (row->cell[i].type != CELL_NONE &&
            row->cell[i].n > PROFILE_CELL_MAX && row->cell[i].n > s->longest)
            note_cell(s, &row->cell[i]);
}

void
sheet_say(struct sheet *s, int64_t rows)
{
    if (s->longest > PROFILE_CELL_MAX && !s->said_cell) {
        s->said_cell = true;
        log_warn("%s: a cell of %s has %zu characters; a spreadsheet cuts it "
                 "off at %d",
                 s->label, s->path, s->longest, (int)PROFILE_CELL_MAX);
    }
    if (rows >= PROFILE_ROWS_MAX && !s->said_rows) { /* and the header */
        s->said_rows = true;
        log_warn("%s: %s has %lld rows; a spreadsheet leaves out what is "
                 "behind line %d",
                 s->label, s->path, (long long)rows, (int)PROFILE_ROWS_MAX);
    }
}
