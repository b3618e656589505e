#include "net/once.h"

#include "net/transfer.h"

static void
on_done(struct http_request *request, struct http_reply *reply)
{
    struct http_reply *out = request->user;

    *out = *reply;
    reply->body = (struct buf)BUF_INIT;
}

int
once(struct http_reply *reply, struct http_request *request,
     const struct net_options *o, struct err *e)
{
    struct transfer *t = NULL;
    int rc;

    *reply = (struct http_reply){ .retry_after_s = -1 };
    request->done = on_done;
    request->user = reply;
    if (transfer_open(&t, o, e) < 0)
        return -1;
    transfer_add(t, request);
    rc = transfer_run(t, e);
    transfer_close(t);
    return rc;
}
