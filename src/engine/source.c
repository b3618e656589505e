#include "engine/source.h"

#include <stdlib.h>

#include "auth/client.h"
#include "auth/login.h"

void
source_free(struct source *s)
{
    free(s->name);
    free(s->base_url);
    free(s->prefix);
    free(s->category);
    buf_wipe(&s->token);
    login_close(s->login);
    if (s->client)
        client_free(s->client);
    free(s->client);
    *s = (struct source){ .name = NULL };
}
