#include "base/err.h"
#include "cmd/command.h"
#include "cmd/exit.h"
#include "cmd/options.h"

int
main(int argc, char **argv)
{
    struct options o = OPTIONS_INIT;
    struct err e = ERR_INIT;
    int code = -1;

    command_start();
    if (options_parse(&o, argc, argv, &e) == 0)
        code = command_run(&o, &e);
    if (code < 0) {
        exit_print(&e);
        code = exit_code(e.kind);
    }
    options_free(&o);
    return code;
}
