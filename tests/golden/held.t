# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Each service's account, run after run: the tables are what it holds, field
# by field, and the histories what was replaced or deleted, no more, no less.

# runs PROVIDER GONE DUMPS CATEGORIES OPTION...: a first run; an idle one; one
# after three days in which what OPTIONs tell happened; one after three months
runs() {
    provider=$1
    gone=$2
    dumps=$3
    categories=$4
    shift 4
    serve_account "$provider"
    # shellcheck disable=SC2086 # the names, one by one
    dump first "$provider" $dumps
    fetch --sources "$provider"
    # shellcheck disable=SC2086 # the names, one by one
    held table "$provider" "$gone" first -- $categories
    find data -name '*.history.csv' | grep . && fail 'history after one run'
    stamps data >stamps.1
    : >req
    fetch --sources "$provider"
    stamps data >stamps.2
    diff stamps.1 stamps.2 || fail 'tables changed in an idle run'
    idle=$(requests)
    later 3
    serve_account "$provider" "$@"
    # shellcheck disable=SC2086 # the names, one by one
    dump second "$provider" $dumps
    run 0 fetch --sources "$provider"
    # shellcheck disable=SC2086 # the names, one by one
    held table "$provider" "$gone" first second -- $categories
    # shellcheck disable=SC2086 # the names, one by one
    held history "$provider" "$gone" first second -- $categories
    later 92
    serve_account "$provider" "$@"
    # shellcheck disable=SC2086 # the names, one by one
    dump third "$provider" $dumps
    run 0 fetch --sources "$provider"
    # shellcheck disable=SC2086 # the names, one by one
    held table "$provider" "$gone" first second third -- $categories
    # shellcheck disable=SC2086 # the names, one by one
    held history "$provider" "$gone" first second third -- $categories
}

t_whoop_is_what_the_account_holds() {
    dumps='cycle recovery sleep workout profile_basic body_measurement'
    runs whoop kept "$dumps" "$dumps" \
        --set whoop.edit=sleep:3/11@1780100000 \
        --set whoop.edit=workout:2/11@1780110000 \
        --set whoop.delete=sleep:2/11@1780120000 \
        --set whoop.add=workout:2/11@1780130000 \
        --set whoop.new=workout:1@1780140000
}
