#include "cmd/exit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <cmocka.h>

static void
codes(void **state)
{
    static const struct {
        enum err_kind kind;
        int code;
    } rows[] = {
        { ERR_NONE, 0 }, { ERR_OTHER, 1 }, { ERR_DATA, 1 }, { ERR_USAGE, 2 },
        { ERR_AUTH, 4 }, { ERR_SCOPE, 4 }, { ERR_NET, 5 },  { ERR_CUT, 5 },
        { ERR_RATE, 5 }, { ERR_IO, 6 },    { ERR_LOCK, 7 }, { ERR_STOP, 130 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(exit_code(rows[i].kind), rows[i].code);
}

#define WELL ERR_NONE
#define END (-1)

static const struct {
    const char *name;
    int parts[4];
    int code;
    bool is_login;
} runs[] = {
    { "nothing to do", { END }, 0, false },
    { "all went well", { WELL, WELL, END }, 0, false },
    { "the only one failed", { ERR_NET, END }, 5, false },
    { "all for one reason", { ERR_AUTH, ERR_AUTH, END }, 4, false },
    { "all for reasons with one code", { ERR_NET, ERR_RATE, END }, 5, false },
    { "all, for different reasons", { ERR_NET, ERR_DATA, END }, 3, false },
    { "one of three", { WELL, ERR_NET, WELL, END }, 3, false },
    { "one of three, its data", { WELL, WELL, ERR_DATA, END }, 3, false },
    { "what a login does not allow", { ERR_AUTH, WELL, END }, 3, false },
    { "a login of two", { ERR_AUTH, ERR_AUTH, WELL, END }, 4, true },
    { "a login and something else", { ERR_AUTH, ERR_NET, END }, 3, true },
    { "a full disk is not one part's trouble",
      { WELL, ERR_IO, END },
      6,
      false },
    { "in whatever way it shows", { WELL, ERR_IO, ERR_FILE, END }, 6, false },
    { "nor is a spent budget", { WELL, ERR_RATE, ERR_RATE, END }, 5, false },
    { "a budget and something else",
      { WELL, ERR_NET, ERR_RATE, END },
      3,
      false },
    { "in any order", { ERR_RATE, ERR_NET, WELL, END }, 3, false },
    { "a disk and something else", { WELL, ERR_DATA, ERR_IO, END }, 3, false },
    { "stopped", { WELL, ERR_STOP, END }, 130, false },
    { "a failure, then stopped",
      { ERR_NET, ERR_STOP, ERR_STOP, END },
      130,
      false },
    { "stopped, then a failure", { ERR_STOP, ERR_IO, END }, 130, false },
};

static void
results(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        struct exit_tally t = EXIT_TALLY_INIT;
        int code;

        t.is_login = runs[i].is_login;
        for (size_t k = 0; k < 4 && runs[i].parts[k] != END; k++)
            exit_count(&t, (enum err_kind)runs[i].parts[k]);
        code = exit_result(&t);
        if (code != runs[i].code)
            fail_msg("%s: %d, not %d", runs[i].name, code, runs[i].code);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes),
        cmocka_unit_test(results),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
