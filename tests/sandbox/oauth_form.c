#include "oauth_form.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

void
form_free(struct form *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->p[i].name);
        free(f->p[i].value);
    }
    free(f->p);
    *f = (struct form)FORM_INIT;
}

void
form_add(struct form *f, const char *name, const char *value)
{
    f->p = mem_resize(f->p, f->n + 1, sizeof(*f->p));
    f->p[f->n++] = (struct form_field){ mem_strdup(name), mem_strdup(value) };
}

static int
hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* The text up to end, decoded; free() it. NULL if an escape is broken. */
static char *
decoded(const char *text, const char *end)
{
    struct buf out = BUF_INIT;

    for (; text < end; text++) {
        char c = *text == '+' ? ' ' : *text;

        if (c == '%') {
            int high = end - text > 2 ? hex_digit(text[1]) : -1;
            int low = high >= 0 ? hex_digit(text[2]) : -1;

            if (low < 0) {
                buf_free(&out);
                return NULL;
            }
            c = (char)(high * 16 + low);
            text += 2;
        }
        buf_addc(&out, c);
    }
    return buf_take(&out);
}

static int
read_field(struct form *f, const char *text, const char *end)
{
    const char *is = memchr(text, '=', (size_t)(end - text));
    char *name = decoded(text, is ? is : end);
    char *value = decoded(is ? is + 1 : end, end);
    int rc = name && value ? 0 : -1;

    if (rc == 0)
        form_add(f, name, value);
    free(name);
    free(value);
    return rc;
}

int
form_read(struct form *f, const char *text)
{
    while (text && *text) {
        size_t n = strcspn(text, "&");

        if (n > 0 && read_field(f, text, text + n) < 0)
            return -1;
        text += text[n] ? n + 1 : n;
    }
    return 0;
}

int
form_read_json(struct form *f, const char *text)
{
    cJSON *root = text ? cJSON_Parse(text) : NULL;
    const cJSON *item;
    int rc = cJSON_IsObject(root) ? 0 : -1;

    if (rc == 0) {
        cJSON_ArrayForEach(item, root)
        {
            if (cJSON_IsString(item))
                form_add(f, item->string, item->valuestring);
        }
    }
    cJSON_Delete(root);
    return rc;
}

int
form_read_basic(struct form *f, const char *authorization)
{
    static const char scheme[] = "Basic ";
    char text[512];
    size_t n = 0;
    const char *colon;
    char *id, *secret;
    int rc = -1;

    if (!authorization || !text_starts(authorization, scheme))
        return -1;
    authorization += sizeof(scheme) - 1;
    if (sodium_base642bin((unsigned char *)text, sizeof(text) - 1,
                          authorization, strlen(authorization), NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) < 0)
        return -1;
    text[n] = '\0';
    if (strlen(text) != n || !(colon = strchr(text, ':')))
        return -1;
    /* Both are form encoded before they are joined: RFC 6749, 2.3.1. */
    id = decoded(text, colon);
    secret = decoded(colon + 1, text + n);
    if (id && secret) {
        form_add(f, "client_id", id);
        form_add(f, "client_secret", secret);
        rc = 0;
    }
    free(id);
    free(secret);
    return rc;
}

const char *
form_get(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++) {
        if (text_is(f->p[i].name, name))
            return f->p[i].value;
    }
    return NULL;
}

bool
form_is(const struct form *f, const char *name, const char *value)
{
    return text_is(form_get(f, name), value);
}

bool
form_repeats(const struct form *f)
{
    for (size_t i = 0; i < f->n; i++) {
        if (form_get(f, f->p[i].name) != f->p[i].value)
            return true;
    }
    return false;
}

void
form_escape(struct buf *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text; text++) {
        if (strchr(plain, *text))
            buf_addc(out, *text);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}
