# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Values that are hard to store, as the file holds them.

hard_cells() {
    cat <<'END'
2026-05-27 id 9007199254740992
2026-05-27 x 9007199254740992
2026-05-26 id 9007199254740993
2026-05-26 x 9007199254740993
2026-05-25 id 12345678901234567890
2026-05-25 x -12345678901234567890
2026-05-24 x 75.0
2026-05-24 small 1e-7
2026-05-24 big 1E+400
2026-05-23 x '"5"'
2026-05-23 five 5
2026-05-23 true '"true"'
2026-05-23 null null
2026-05-22 x 5
2026-05-22 five '"5"'
2026-05-22 true true
2026-05-22 null ''
2026-05-21 x '"a\nb\r\nc\td"'
2026-05-21 quoted '"""q"", \'r\'"'
2026-05-20 x '"a,b;c\\u0000d"'
2026-05-20 empty '""'
2026-05-19 x lone \ud800 end
2026-05-19 pair 😴
2026-05-18 x '\U0001f634 \u2028 \u00e9'
2026-05-17 x {}
2026-05-17 none []
2026-05-17 in.in {}
2026-05-17 l '"[{},[]]"'
2026-05-16 'a\\.b' 1
2026-05-16 a.b 2
2026-05-16 'a.c\\.d' 3
2026-05-16 'e\\\\f' 4
2026-05-16 'g\\\\\\.h' 5
2026-05-15 x 2
2026-05-15 obj.k two
2026-05-14 x bad �� byte
2026-05-13 x '"[1.50,""a, b"",null]"'
2026-05-13 '' empty key
2026-05-12 x =1+1
2026-05-12 y '"{}"'
2026-05-12 z '"[1]"'
2026-05-12 w '"-0"'
2026-05-11 x -0
2026-05-11 y -0.0
2026-05-11 z 1.10
2026-05-11 w 0E0
2026-05-10 x @a
2026-05-10 y "''=1"
2026-05-10 z '"1234567890123456"'
2026-05-10 w '"-5 degrees, \'tis"'
2026-05-10 '=f' "'tis"
END
}

t_hard_text_arrives_exactly_in_csv() {
    serve --scenario hard-text
    run 0 fetch -c daily_readiness
    hard_cells | cells data/oura/daily_readiness.csv
    grep -c 'UTF-8' err >bytes
    equal 'bad bytes: said once' 1 "$(cat bytes)"
    equal 'key twice: said once' 1 "$(grep -ci 'twice\|duplicate' err)"
}

t_hard_text_arrives_exactly_in_jsonl() {
    serve --scenario hard-text
    run 0 fetch -c daily_readiness --format jsonl
    while read -r line; do
        grep -qF -- "$line" data/oura/daily_readiness.jsonl ||
            fail "lacks $line"
    done <<'END'
"x":9007199254740992
{"id":9007199254740993,
"x":-12345678901234567890
"x":75.0,"small":1e-7,"big":1E+400
"x":"5"
"five":5
"true":"true"
"x":5
"five":"5"
"true":true
"none":[]
"in.in":{}
"l":[{},[]]
"empty":""
"x":[1.50,"a, b",null]
"":"empty key"
"y":"{}"
"w":"-0"
"w":0E0
"z":1.10
END
    # what the text says, not how it is escaped
    python3 -c '
import json
rows = {r["day"]: r for r in map(json.loads,
        open("data/oura/daily_readiness.jsonl", encoding="utf-8"))}
def cell(day, name):
    return rows["2026-05-" + day][name]
assert cell("21", "x") == "a\nb\r\nc\td"
assert cell("21", "quoted") == "\"q\", \x27r\x27"
assert cell("20", "x") == "a,b;c\0d"
assert cell("19", "x") == "lone \ud800 end"
assert cell("19", "pair") == cell("18", "x")[0] == "\U0001f634"
assert cell("16", "a\\.b") == 1
assert cell("16", "a.b") == 2
assert cell("16", "a.c\\.d") == 3
assert cell("16", "e\\\\f") == 4
assert cell("16", "g\\\\\\.h") == 5
assert cell("15", "x") == 2 and cell("15", "obj.k") == "two"
assert cell("14", "x") == "bad \ufffd\ufffd byte"
' || fail 'a value is not what was sent'
}

# Raw: what a page holds, byte for byte; sandbox text has white space in one
# list only.
t_hard_text_arrives_exactly_in_raw() {
    serve --scenario hard-text --no-gzip
    run 0 fetch -c daily_readiness --format raw
    curl -s -H "Authorization: Bearer $token" -o page \
        "$OURA_BASE_URL/v2/usercollection/daily_readiness?start_date=2010-01-01&end_date=2030-01-01"
    LC_ALL=C sed 's/^{"data":\[//; s/\],"next_token":null}$//
        s/\[ 1.50 , "a, b" ,null \]/[1.50,"a, b",null]/
        s/},{"id":/}\n{"id":/g' page >wanted
    echo >>wanted
    # a table is text: a byte that is none becomes U+FFFD
    LC_ALL=C sed 's/bad \xff\xc3 byte/bad \xef\xbf\xbd\xef\xbf\xbd byte/' \
        wanted >fixed
    cmp fixed data/oura/daily_readiness.raw.jsonl || fail 'not what was sent'
}

t_hard_text_is_the_same_in_the_second_run() {
    serve --scenario hard-text
    run 0 fetch -c daily_readiness,workout --format csv,jsonl,raw
    stamps data >stamps.1
    run 0 fetch -c daily_readiness,workout --format csv,jsonl,raw
    stamps data | diff stamps.1 - || fail 'tables changed'
}

t_hard_text_comes_and_goes() {
    serve
    fetch -c daily_readiness
    cp data/oura/daily_readiness.csv plain.csv
    serve --scenario hard-text
    run 0 fetch -c daily_readiness
    equal rows "$(rows ../../plain)" "$(rows daily_readiness)"
    hard_cells | grep -v ' id ' | grep '^2026-05-2' >some
    cells data/oura/daily_readiness.csv <some
}
