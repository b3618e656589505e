#include "sys/dirs.h"

#include <stdlib.h>

#include "base/buf.h"

const char *
dirs_env(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

const char *
dirs_config(struct buf *out)
{
    const char *config = dirs_env("XDG_CONFIG_HOME");
    const char *home = dirs_env("HOME");

    buf_clear(out);
    if (config && config[0] == '/') /* else to be ignored, says the standard */
        buf_adds(out, config);
    else if (home)
        buf_addf(out, "%s/.config", home);
    return buf_str(out);
}
