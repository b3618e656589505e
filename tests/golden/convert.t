# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# A table in another format, and back.

# An archive in all formats.
begin() {
    serve
    fetch --format csv,jsonl,raw
    last=
}

# convert ARG...: one that goes well without a word
convert() {
    run 0 convert "$@"
    [ -s err ] && fail 'not silent'
    return 0
}

t_convert_raw_makes_the_tables_of_a_fetch() {
    begin
    for file in data/oura/*.raw.jsonl; do
        name=${file##*/}
        name=${name%.raw.jsonl}
        convert "$file" --to csv -o new.csv
        cmp new.csv "data/oura/$name.csv" || fail "$name.csv"
        convert "$file" --to jsonl -o new.jsonl
        cmp new.jsonl "data/oura/$name.jsonl" || fail "$name.jsonl"
        convert "data/oura/$name.jsonl" --to csv -o new.csv
        cmp new.csv "data/oura/$name.csv" || fail "$name.csv from jsonl"
    done
}

t_convert_csv_keeps_every_value() {
    begin
    for file in data/oura/*.csv; do
        name=${file##*/}
        name=${name%.csv}
        convert "$file" --to jsonl -o new.jsonl
        jq -cS . new.jsonl >got
        jq -cS . "data/oura/$name.jsonl" >wanted
        cmp wanted got || fail "$name"
        rm new.jsonl
    done
}

# What is hard to carry over: types, digits, blanks, quotes, line ends.
odd() {
    cat <<'END'
{"id":"a","n":75.0,"big":123456789012345678901234567890,"e":1e-7,"t":true,"s":"true"}
{"id":"b","n":"75.0","e":"","t":false,"s":"[1]","list":[1,"a,b",{"x":"\""}],"none":{}}
{"id":"c","s":" blank ","big":9007199254740993,"list":[],"t":"a\nb\r\nc\td"}
{"id":"d","s":"\u0000 and \\u0000 and \ud83d","t":"{\"a\":1}","n":"\"quoted\""}
{"id":"e","odd\\.name":1,"a,b":"=1+1","c\"d":"ä€😀","list":"[1, 2]"}
END
}

t_convert_there_and_back_is_the_same() {
    odd >odd.jsonl
    convert odd.jsonl --to csv -o odd.csv
    convert odd.csv --to jsonl -o back.jsonl
    equal 'rows that came back' "$(jq -cS . odd.jsonl)" "$(jq -cS . back.jsonl)"
    grep -q 123456789012345678901234567890 back.jsonl || fail 'digits'
    convert back.jsonl --to csv -o again.csv
    cmp odd.csv again.csv || fail 'CSV differs'
    convert again.csv --to jsonl
    cmp back.jsonl out || fail 'standard output differs'
}

t_convert_finds_the_table_by_its_category() {
    begin
    convert oura/sleep --to jsonl
    jq -cS . out | cmp - <<END || fail 'not the table'
$(jq -cS . data/oura/sleep.jsonl)
END
    convert sleep --to csv -o sleep.csv
    cmp sleep.csv data/oura/sleep.csv || fail 'not the table'
    equal mode 600 "$(stat -c %a sleep.csv)"
    run 2 convert slep --to csv
    said 2 'no table of slep'
    rm data/oura/sleep.jsonl data/oura/sleep.raw.jsonl
    run 1 convert sleep --to csv
    said 1 'no table of sleep to make csv from'
    once=1
}

t_convert_reads_what_a_spreadsheet_saved() {
    printf '\357\273\277id;day;score\r\na;2024-03-01;"7;5"\r\nb;;\r\n' >x.csv
    convert x.csv --to jsonl
    equal rows '{"id":"a","day":"2024-03-01","score":"7;5"}
{"id":"b"}' "$(cat out)"
    printf 'sep=;\r\nid;day;score\r\na;2024-03-01;"7,5"\r\nb;;\r\n' >x.csv
    convert x.csv --to jsonl
    equal rows '{"id":"a","day":"2024-03-01","score":"7,5"}
{"id":"b"}' "$(cat out)"
}

t_convert_reads_cells_in_quotes() {
    cat >x.csv <<'END'
"id","a","b"
"1","x","5"
"2","","[1,2]"
"3","'=1","'x"
"4","=1","{}"
"5","a""b","c\d"
6,'=2,"true"
END
    convert x.csv --to jsonl
    cat >wanted <<'END'
{"id":"1","a":"x","b":"5"}
{"id":"2","a":"","b":[1,2]}
{"id":"3","a":"=1","b":"'x"}
{"id":"4","a":"=1","b":"{}"}
{"id":"5","a":"a\"b","b":"c\\d"}
{"id":6,"a":"=2","b":"true"}
END
    diff wanted out || fail 'other values'
}

t_convert_keeps_the_order_of_columns() {
    printf 'z,y,x\n1,2,3\n,5,6\n' >x.csv
    convert x.csv --to jsonl -o x.jsonl
    equal rows '{"z":1,"y":2,"x":3}
{"y":5,"x":6}' "$(cat x.jsonl)"
    convert x.jsonl --to csv
    cmp x.csv out || fail 'CSV differs'
}

t_convert_reads_its_own_header() {
    printf '{"id":"a","b;c;d":1,"e\\tf":2}\n' >x.jsonl
    convert x.jsonl --to csv -o x.csv
    equal header "$(printf 'id,"b;c;d","e\tf"')" "$(head -n 1 x.csv)"
    convert x.csv --to jsonl
    cmp x.jsonl out || fail 'a delimiter in a name'
    printf '{"\357\273\277id":"a","b":1}\n' >x.jsonl
    convert x.jsonl --to csv -o x.csv
    convert x.csv --to jsonl
    cmp x.jsonl out || fail 'a byte order mark in a name'
    printf '{"":"a"}\n' >x.jsonl
    convert x.jsonl --to csv -o x.csv
    equal rows '""
a' "$(cat x.csv)"
    convert x.csv --to jsonl
    cmp x.jsonl out || fail 'a name that is empty'
}

t_convert_of_records_without_values() {
    printf '{}\n\n{"a":null}\n' >x.jsonl
    convert x.jsonl --to csv
    [ -s out ] && fail 'there is no column'
    return 0
}

# wrong CODE PATTERN ARG...: says so with a hint, and writes nothing
wrong() {
    want=$1
    pattern=$2
    shift 2
    echo before >new
    run "$want" convert "$@" -o new
    said 2 "$pattern"
    equal 'file that was there' before "$(cat new)"
    run "$want" convert "$@"
    [ -s out ] && fail 'wrote something'
    [ -e new.new ] && fail 'left over'
    return 0
}

t_convert_names_the_line_that_is_wrong() {
    printf 'id,a\n1,2\n3,"4\n5",6\n' >x.csv
    wrong 6 'x.csv: line 3: 3 cells, the header has 2' x.csv --to jsonl
    printf 'sep=;\nid;a,b,c\n1;2\n3\n' >x.csv
    wrong 6 'x.csv: line 4: 1 cell, the header has 2' x.csv --to jsonl
    printf 'id,a\n1,"x\ny"\n3\n' >x.csv
    wrong 6 'x.csv: line 4: 1 cell, the header has 2' x.csv --to jsonl
    printf 'id,a\377\n1,2\n' >x.csv
    wrong 6 'x.csv: line 1: a byte that is not UTF-8' x.csv --to jsonl
    printf 'id,a\n1,"2' >x.csv
    wrong 6 'x.csv: line 2: a quoted cell' x.csv --to jsonl
    printf '{"id":1}\n\n{"id":01}\n' >x.jsonl
    wrong 6 'x.jsonl: line 3: ' x.jsonl --to csv
    printf '{"id":1}\n[1]\n' >x.raw.jsonl
    wrong 6 'x.raw.jsonl: line 2: not a JSON object' x.raw.jsonl --to jsonl
    printf '{"id":1}\n{"id":2' >x.raw.jsonl
    wrong 6 'x.raw.jsonl: line 2: ' x.raw.jsonl --to csv
    printf 'id,a,id\n1,2,3\n' >x.csv
    run 6 convert x.csv --to jsonl
    said 2 'x.csv: column "id" is there twice'
}

t_convert_refuses_a_header_that_is_there_again() {
    printf '\357\273\277id,a\n1,2\n"id",a\n3,4\n' >x.csv
    run 6 convert x.csv --to jsonl
    said 2 'x.csv: its header is there again, in line 3'
    [ -s out ] && fail 'wrote something'
    run 6 convert x.csv --to jsonl -o new
    [ -e new ] && fail 'wrote a file'
    printf 'id,a\nid,b\nids,a\n' >x.csv
    convert x.csv --to jsonl
    equal rows '{"id":"id","a":"b"}
{"id":"ids","a":"a"}' "$(cat out)"
}

t_convert_to_where_there_is_no_room() {
    printf 'id,a\n1,2\n' >x.csv
    "$BUILD/$program" convert x.csv --to jsonl >/dev/full 2>err
    equal 'exit code' 6 "$?"
    said 1 'write to standard output: No space left on device'
}

t_convert_of_a_damaged_table_of_the_archive() {
    begin
    sed -i '3s/$/,/' data/oura/sleep.csv
    run 6 convert oura/sleep --to jsonl
    said 2 'sleep.csv: line 3: '
    unread=1
    once=1
}

t_convert_refuses_what_it_cannot_do() {
    printf 'id,a\n1,2\n' >x.csv
    ln x.csv y
    run 2 convert x.csv --to jsonl -o x.csv
    said 1 'x.csv is what is read'
    run 2 convert x.csv --to jsonl -o y
    said 1 'y is what is read'
    run 2 convert x.csv --to csv
    said 1 'is csv already'
    run 2 convert x.csv --to raw
    said 2 'csv or jsonl is wanted'
    run 2 convert x.csv --to xml
    run 2 convert x.csv
    run 2 convert --to csv
    run 6 convert none.csv --to jsonl
    run 6 convert x.csv --to jsonl -o no/folder/y
    equal x.csv 'id,a
1,2' "$(cat x.csv)"
}

t_convert_puts_new_columns_behind_the_declared_ones() {
    mkdir -p old/oura
    printf '{"id":"a","day":"2024-03-01","score":5}
{"new":{"x":1},"id":"b","day":"2024-03-02","score":6}\n' \
        >old/oura/daily_sleep.raw.jsonl
    convert old/oura/daily_sleep.raw.jsonl --to csv -o new.csv
    equal header 'id,day,' "$(head -n 1 new.csv | cut -c 1-7)"
    equal 'last column' 'new.x
1' "$(sed -n 's/.*,\([^,]*\)$/\1/p' new.csv | grep .)"
    convert old/oura/daily_sleep.raw.jsonl --to csv
    cmp new.csv out || fail 'standard output differs'
    cp old/oura/daily_sleep.raw.jsonl other.raw.jsonl
    convert other.raw.jsonl --to csv
    equal 'unknown category' 'id,day,score,new.x
a,2024-03-01,5,
b,2024-03-02,6,1' "$(cat out)"
}

t_convert_not_over_a_table_of_the_archive() {
    serve
    fetch -c sleep --format csv,jsonl
    stamps data >stamps.before
    for to in data/oura/sleep.jsonl "$PWD/data/oura/sleep.jsonl"; do
        run 2 convert data/oura/sleep.csv --to jsonl -o "$to" --output-dir data
        said 2 'sleep.jsonl is a table of the archive'
    done
    stamps data | diff stamps.before - || fail 'a table changed'
    mv data/oura/sleep.jsonl copy.jsonl
    run 0 convert oura/sleep --to jsonl -o data/oura/sleep.jsonl
    cmp copy.jsonl data/oura/sleep.jsonl || fail 'not the same rows'
    last=
}
