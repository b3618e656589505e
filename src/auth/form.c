#include "auth/form.h"

#include <string.h>

#include "data/doc.h"
#include "net/url.h"

enum { FORM_ROOM = 16384 };

void
form_start(struct form *f, bool is_json)
{
    *f = (struct form){ .is_json = is_json };
    (void)buf_room(&f->body, FORM_ROOM);
}

void
form_escape(struct buf *out, const char *value)
{
    url_escape(out, value, strlen(value));
}

void
form_add(struct form *f, const char *name, const char *value)
{
    if (f->is_json) {
        buf_addc(&f->body, f->body.n ? ',' : '{');
        doc_quote(&f->body, name);
        buf_addc(&f->body, ':');
        doc_quote(&f->body, value);
        return;
    }
    if (f->body.n)
        buf_addc(&f->body, '&');
    buf_adds(&f->body, name);
    buf_addc(&f->body, '=');
    form_escape(&f->body, value);
}

void
form_end(struct form *f)
{
    if (f->is_json)
        buf_adds(&f->body, f->body.n ? "}" : "{}");
    (void)buf_str(&f->body);
}

const char *
form_type(const struct form *f)
{
    return f->is_json ? "application/json" : NULL;
}

void
form_wipe(struct form *f)
{
    buf_wipe(&f->body);
}
