"""What scale.sh measures, with Python's csv and json modules.

scale.py new BATCH TABLE     finds the records whose id the table has not
scale.py widen TABLE OUT     a column more, empty
scale.py csv-jsonl IN OUT
scale.py jsonl-csv IN OUT
scale.py verify TABLE KEYS   widths, and that the first KEYS cells are unique"""

import csv
import json
import sys


def rows_of(path):
    return csv.reader(open(path, newline="", encoding="utf-8"))


def new(batch, table):
    rows = rows_of(table)
    at = next(rows).index("id")
    known = {row[at] for row in rows}
    with open(batch, encoding="utf-8") as lines:
        print(sum(json.loads(line)["id"] not in known for line in lines))


def widen(table, out_path):
    rows = rows_of(table)
    with open(out_path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(next(rows) + ["extra"])
        for row in rows:
            writer.writerow(row + [""])


def csv_jsonl(table, out_path):
    with open(table, newline="", encoding="utf-8") as lines, \
            open(out_path, "w", encoding="utf-8") as out:
        for row in csv.DictReader(lines):
            row = {name: cell for name, cell in row.items() if cell}
            out.write(json.dumps(row, separators=(",", ":"),
                                 ensure_ascii=False) + "\n")


def cell(value):
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return value


def jsonl_csv(table, out_path):
    names = {}
    with open(table, encoding="utf-8") as lines:
        for _, line in zip(range(1000), lines):
            names.update(dict.fromkeys(json.loads(line)))
    with open(table, encoding="utf-8") as lines, \
            open(out_path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        for line in lines:
            row = json.loads(line)
            writer.writerow([cell(row.get(name)) for name in names])


def verify(table, keys):
    keys = int(keys)
    rows = rows_of(table)
    width = len(next(rows))
    seen = set()
    n = 0
    for n, row in enumerate(rows, 1):
        if len(row) != width:
            sys.exit(f"line {rows.line_num}: {len(row)} cells")
        seen.add(row[0] if keys == 1 else tuple(row[:keys]))
    if len(seen) != n:
        sys.exit(f"{n - len(seen)} rows twice")


csv.field_size_limit(1 << 30)
{"new": new, "widen": widen, "csv-jsonl": csv_jsonl, "jsonl-csv": jsonl_csv,
 "verify": verify}[sys.argv[1]](*sys.argv[2:])
