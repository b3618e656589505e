#include "data/jsonscan.h"

#include <string.h>

#include "data/json.h"
#include "data/utf8.h"

uint64_t
jsonscan_odd_few(const char *p, size_t n)
{
    char block[JSONSCAN_BLOCK] = { 0 };

    memcpy(block, p, n);
    return jsonscan_odd_bits(block, block + n, block + sizeof(block));
}

static bool
is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* One escape, from its backslash. False: *pp is the wrong byte, or end. */
static bool
scan_escape(const char **pp, const char *end)
{
    const char *p = *pp + 1;
    bool ok = false;

    if (p < end && *p == 'u') {
        int digits = 0;

        for (p++; digits < 4 && p < end && is_hex(*p); digits++)
            p++;
        ok = digits == 4;
    } else if (p < end && *p && strchr("\"\\/bfnrt", *p)) {
        p++;
        ok = true;
    }
    *pp = p;
    return ok;
}

struct jsonscan_odd
jsonscan_odd(const char *p, const char *end)
{
    struct jsonscan_odd odd = { .p = p };

    while (odd.p < end && !odd.is_wrong) {
        unsigned char c = (unsigned char)*odd.p;

        if (c == '\\') {
            odd.flags |= JSON_ESCAPED;
            odd.is_wrong = !scan_escape(&odd.p, end);
        } else if (c >= 0x80) {
            size_t n = utf8_len(odd.p, end);

            if (!n)
                odd.flags |= JSON_BAD_UTF8;
            odd.p += n ? n : 1;
        } else {
            odd.is_wrong = c < ' ';
            break;
        }
    }
    return odd;
}

#ifdef __SSE2__
static inline uint64_t
equal_bits(__m128i v, __m128i to)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, to));
}

const char *
jsonscan_numbers(const char *comma, const char *end)
{
    while (end - comma > 32) {
        const char *p = comma + 1;
        uint64_t digits = 0, zeros = 0, commas = 0, dots = 0, marks, used;

        for (int i = 0; i < 32; i += 16) {
            __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
            __m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));

            digits |= equal_bits(_mm_min_epu8(d, _mm_set1_epi8(9)), d) << i;
            zeros |= equal_bits(v, _mm_set1_epi8('0')) << i;
            commas |= equal_bits(v, _mm_set1_epi8(',')) << i;
            dots |= equal_bits(v, _mm_set1_epi8('.')) << i;
        }
        if (!commas)
            break;
        used = ~(uint64_t)0 >> __builtin_clzll(commas); /* to the last comma */
        marks = commas | dots;
        if ((~(digits | marks) |          /* something else */
             (marks & (marks << 1 | 1)) | /* no digit before a mark */
             (zeros & (commas << 1 | 1) & digits >> 1) | /* 01 */
             (dots & ((dots << 1) + digits))) & /* 1.2.3: the sum carries on
                                                   to the second dot */
            used)
            break;
        comma = p + 63 - __builtin_clzll(commas);
    }
    return comma;
}
#else
const char *
jsonscan_numbers(const char *comma, const char *end)
{
    (void)end;
    return comma;
}
#endif
