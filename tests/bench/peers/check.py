"""Is a table what the pages say? Says in which cell it is not, and exits 1.

check.py csv|jsonl newest|first|all COLUMNS PAGES TABLE

Cells are compared as the values they stand for, rows by their keys; of a
record that came again, the newest or the first version has to be there, or
all of them."""

import csv
import json
import sys

import flat

EMPTY = ("", "null")


def value(text, kind):
    """What a cell of CSV says."""
    if kind == "text":
        return None if text in EMPTY else text
    return None if text in EMPTY else json.loads(text.lower()
                                                 if kind == "bool" else text)


def table(form, path, columns):
    with open(path, newline="", encoding="utf-8") as lines:
        if form == "jsonl":
            for line in lines:
                row = json.loads(line)
                yield {c: row.get(c) for c in columns}
            return
        rows = csv.reader(lines)
        names = next(rows)
        if sorted(names) != sorted(columns):
            sys.exit(f"{path}: columns {names}")
        for row in rows:
            yield {n: value(c, columns[n]) for n, c in zip(names, row)}


def wanted(pages, columns, which):
    key = next(iter(columns))
    rows = {}
    count = 0
    for record in flat.records(pages):
        row = flat.flatten(record)
        if set(row) - set(columns):
            sys.exit(f"{pages}: undeclared {set(row) - set(columns)}")
        count += 1
        if which == "newest" or row[key] not in rows:
            rows[row[key]] = {c: row.get(c) for c in columns}
    return rows, count if which == "all" else len(rows)


def same(a, b, kind):
    """An empty text is nothing to a CSV reader."""
    return a == b or (kind == "text" and not a and not b)


def main(form, which, columns_path, pages, path):
    csv.field_size_limit(1 << 30)
    columns = flat.columns(columns_path)
    key = next(iter(columns))
    rows, count = wanted(pages, columns, which)
    n = 0
    for n, row in enumerate(table(form, path, columns), 1):
        if row[key] not in rows:
            sys.exit(f"{path}: row {n}: unknown key {row[key]}")
        if which == "all":
            continue
        want = rows.pop(row[key])
        for name, kind in columns.items():
            if not same(row[name], want[name], kind):
                sys.exit(f"{path}: row {n}: {name} is {row[name]!r}, "
                         f"not {want[name]!r}")
    if n != count:
        sys.exit(f"{path}: {n} rows, not {count}")


main(*sys.argv[1:])
