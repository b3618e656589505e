#include "engine/source.h"

#include <stdlib.h>

void
source_free(struct source *s)
{
    free(s->name);
    free(s->base_url);
    free(s->category);
    buf_wipe(&s->token);
    *s = (struct source){ .name = NULL };
}
