#include "auth/page.h"

#include "base/buf.h"

static const char *
escape(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default: /* stands for itself */
        return NULL;
    }
}

static void
add_text(struct buf *out, const char *text)
{
    for (; *text; text++) {
        const char *escaped = escape(*text);

        if (escaped)
            buf_adds(out, escaped);
        else
            buf_addc(out, *text);
    }
}

void
page_add(struct buf *out, const char *heading, const char *text)
{
    buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                  "<meta charset=\"utf-8\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\">\n"
                  "<link rel=\"icon\" href=\"data:,\">\n"
                  "<title>wearchive</title>\n</head>\n<body>\n<h1>");
    add_text(out, heading);
    buf_adds(out, "</h1>\n<p>");
    add_text(out, text);
    buf_adds(out, "</p>\n</body>\n</html>\n");
}
