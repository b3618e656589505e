#ifndef ENGINE_TICKET_H
#define ENGINE_TICKET_H

#include <stdbool.h>

#include "engine/walk.h"

struct engine;
struct fetcher;
struct lane;

/* A request under way: what request.user points to. */
struct ticket {
    struct engine *engine;
    struct lane *lane;
    struct fetcher *fetcher;
    struct walk *walk;
    struct walk_ask ask;
    unsigned generation; /* of the login's tokens: what it was asked with */
    bool is_renewed;     /* it is asked with another token than at first */
    bool is_login_fault; /* there is no token to ask with */
};

#endif
