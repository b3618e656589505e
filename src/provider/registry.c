#include "provider/registry.h"

#include "base/text.h"
#include "provider/eightsleep.h"
#include "provider/googlehealth.h"
#include "provider/hevy.h"
#include "provider/oura.h"
#include "provider/strava.h"
#include "provider/whoop.h"
#include "provider/withings.h"
#include "spec/provider.h"

const struct provider *const registry[] = {
    &oura_provider,         &whoop_provider,    &hevy_provider,
    &strava_provider,       &withings_provider, &eightsleep_provider,
    &googlehealth_provider,
};
const size_t registry_n = sizeof(registry) / sizeof(registry[0]);

const struct provider *
registry_find(const char *name)
{
    for (size_t i = 0; i < registry_n; i++)
        if (text_is(registry[i]->name, name))
            return registry[i];
    return NULL;
}

const char *
registry_name(const void *arg, size_t i)
{
    (void)arg; /* the registry is the only list */
    return i < registry_n ? registry[i]->name : NULL;
}
