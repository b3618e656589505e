# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Every table of an archive, and one with text that is hard to read, as other
# programs read them: the same rows, the same columns, the same text.

readers="$HERE/readers.py"

# What is hard to read: line ends, quotes, delimiters, blanks and backslashes in
# cells and in names, text that looks like numbers, dates, nothing or formulas.
nasty() {
    cat <<'END'
{"id":"a","text":"two\nlines","a,b":"x","c\"d":1,"x y":"z","ü😀":true,"list":[1,"a,b",{"x":"\"q\""}],"last":"end"}
{"id":"b","text":"CR LF\r\nand LF\nand a quote \" there","a,b":"","c\"d":"1","ü😀":"true","list":[],"last":""}
{"id":"#c","text":"# no comment","a,b":"007","c\"d":9007199254740993,"x y":"9007199254740993","list":"[1,2]","last":" "}
{"id":"d","text":",;\t|","a,b":"\"","c\"d":1e-7,"x y":"\"\"","list":["\n","\\"],"last":" blank at both ends "}
{"id":"e","text":"back\\slash and \\\" and \\","a,b":"\\n","c\"d":-0.0,"x y":"'single'","last":"'"}
{"id":"=f","text":"=1+1","a,b":"+1","c\"d":75.0,"x y":"-1","ü😀":false,"last":"@SUM(A1)"}
{"id":"g","text":"NULL","a,b":"null","c\"d":0.1,"x y":"NA","last":"nan"}
{"id":"h","text":"2024-03-01","a,b":"03/01/24","c\"d":1,"x y":"12:30","last":"1,5"}
{"id":"i","text":"😴 slept like a log 🪵","a,b":"Übung – früh","x y":"日本語","last":"שלום"}
{"id":"j","last":null}
{"id":"k","text":"\n","a,b":"\r\n","x y":"\n\n","list":{},"last":"\""}
{"id":"123456789012345678901","text":"1E5","a,b":"0x1F","x y":"1_000","last":"inf"}
{"id":"l","text":"\u0001 and \u001f","a,b":"\ud83d","x y":"\\u0041","last":"\u007f"}
END
}

# begin: sets tables
begin() {
    serve
    fetch
    later 3
    serve
    fetch
    nasty >nasty.jsonl
    run 0 convert nasty.jsonl --to csv -o nasty.csv
    tables=$(echo data/oura/*.csv nasty.csv)
    equal 'tables without and with history' '19 1' \
        "$(find data/oura -name '[!.]*.csv' ! -name '*.history.*' | wc -l) $(
            find data/oura -name '*.history.csv' | head -n 1 | wc -l)"
    mkdir read
    last=fetch
}

# read_as TABLE: where its rows go as JSON
read_as() {
    echo "read/$(basename "$1" .csv).json"
}

# check TABLE READ [lf]: what was read is right; lf: the program makes a line
# feed of CR LF in a cell
check() {
    python3 -I -S "$readers" check "$@" || fail "not the rows of $1"
}

t_read_by_python_as_in_json_lines() {
    serve
    fetch --format csv,jsonl
    later 3
    serve
    fetch --format csv,jsonl
    for table in data/oura/*.csv; do
        python3 -I -S "$readers" jsonl "$table" "${table%.csv}.jsonl" ||
            fail "not the rows of $table"
    done
}

t_read_by_sqlite() {
    is_there sqlite3 sqlite3
    begin
    for table in $tables; do
        rm -f read.db
        sqlite3 read.db ".import --csv $table t" >sqlite.log 2>&1 ||
            fail "sqlite3: $(cat sqlite.log)"
        [ ! -s sqlite.log ] || fail "sqlite3: $(cat sqlite.log)"
        sqlite3 -json read.db 'SELECT * FROM t' >"$(read_as "$table")"
        check "$table" "$(read_as "$table")"
    done
}

t_read_by_miller() {
    is_there mlr Miller
    begin
    for table in $tables; do
        mlr --icsv --ojson -S --no-auto-unflatten cat "$table" \
            >"$(read_as "$table")" || fail "Miller on $table"
        check "$table" "$(read_as "$table")" lf
    done
}

t_read_by_duckdb() {
    is_there node 'DuckDB: no node'
    node "$HERE/duckdb.mjs" "$BUILD/node" 2>node.log || skip 'no DuckDB'
    begin
    # shellcheck disable=SC2046,SC2086 # one by one
    node "$HERE/duckdb.mjs" "$BUILD/node" $(for table in $tables; do
        echo "$table" "$(read_as "$table")"
    done) || fail 'DuckDB'
    for table in $tables; do
        check "$table" "$(read_as "$table")"
    done
}

# Imported with all columns as text, it keeps all of it.
t_read_by_libreoffice_as_text() {
    is_there soffice LibreOffice
    begin
    columns=$(seq 1 99 | sed 's,$,/2,' | paste -s -d /)
    # shellcheck disable=SC2086 # one by one
    office xlsx books "--infilter=$csv_filter:44,34,76,1,$columns" $tables
    office "csv:$csv_filter:44,34,76,1" read books/*.xlsx
    for table in $tables; do
        check "$table" "read/${table##*/}" lf
    done
}

# Opened just so, it makes numbers its own: rows and columns are the same.
t_read_by_libreoffice_as_it_comes() {
    is_there soffice LibreOffice
    begin
    # shellcheck disable=SC2086 # one by one
    office xlsx books "--infilter=$csv_filter:44,34,76,1" $tables
    office "csv:$csv_filter:44,34,76,1" read books/*.xlsx
    for table in $tables; do
        python3 -I -S "$readers" shape "$table" "read/${table##*/}" ||
            fail "not the rows of $table"
    done
}
