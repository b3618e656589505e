#ifndef NET_OUTGOING_H
#define NET_OUTGOING_H

#include <curl/curl.h>

struct err;
struct http_request;

/* What a request takes along: method, body, headers and login, as options of
 * a curl handle. */

/*
 * Sets them; headers gets the list that the handle uses. ERR_AUTH: the login
 * has a character that a header cannot hold. outgoing_drop() afterwards in
 * every case.
 */
int outgoing_set(CURL *curl, struct curl_slist **headers,
                 const struct http_request *request, struct err *e);

/* Wipes the login and makes the handle one that gets again. */
void outgoing_drop(CURL *curl, struct curl_slist **headers);

#endif
