"""The rows that other programs read in a table are those of Python's csv
module: readers.py check TABLE.csv READ [lf], where READ is what the program
made of it, as JSON (a list of objects, or columns and rows) or as CSV; lf: it
reads CR LF in a cell as a line feed.
readers.py shape TABLE.csv READ.csv: only the names and the numbers of cells.
readers.py jsonl TABLE.csv TABLE.jsonl: both have the same values.
"""
import csv
import json
import sys

csv.field_size_limit(1 << 30)


def fail(text):
    print(text)
    sys.exit(1)


def read_csv(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        rows = list(csv.reader(f, strict=True))
    return rows[0], rows[1:]


def read_json(path):
    """Objects keep the order of their members, and those of one name."""
    with open(path, encoding="utf-8") as f:
        read = json.load(f, object_pairs_hook=list)
    if read and read[0] and read[0][0] == "columns":
        return read[0][1], read[1][1]
    for pairs in read[1:]:
        if [k for k, _ in pairs] != [k for k, _ in read[0]]:
            fail(f"{path}: objects of other members: {pairs}")
    return ([k for k, _ in read[0]] if read else None,
            [[v for _, v in pairs] for pairs in read])


def do_check(table, path, lf=""):
    head, rows = read_csv(table)
    if lf:
        rows = [[c.replace("\r\n", "\n") for c in r] for r in rows]
    columns, got = read_csv(path) if path.endswith(".csv") else \
        read_json(path)
    if columns is not None and columns != head:
        fail(f"{table}: columns {columns}, not {head}")
    if len(got) != len(rows):
        fail(f"{table}: {len(got)} rows, not {len(rows)}")
    for n, (a, b) in enumerate(zip(rows, got)):
        b = ["" if c is None else c for c in b]
        if a != b:
            i = next((i for i, (c, d) in enumerate(zip(a, b)) if c != d),
                     len(b) - 1)
            fail(f"{table}: row {n + 1}: {len(b)} cells, {head[i]}: "
                 f"{b[i][:200]!r}, not {a[i][:200]!r}")


def do_shape(table, path):
    head, rows = read_csv(table)
    columns, got = read_csv(path)
    if columns != head or [*map(len, got)] != [*map(len, rows)]:
        fail(f"{table}: {len(got)} rows of {columns}, not {len(rows)}")


class Digits(str):
    """A number, as it was written."""


def text_of(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, (list, dict)):
        return json_text(v)
    return "" if v is None else str(v)


def json_text(v):
    if isinstance(v, dict):
        return "{" + ",".join(f"{json_text(k)}:{json_text(x)}"
                              for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ",".join(map(json_text, v)) + "]"
    return v if isinstance(v, Digits) else json.dumps(v, ensure_ascii=False)


def do_jsonl(table, path):
    head, rows = read_csv(table)
    with open(path, encoding="utf-8") as f:
        want = [json.loads(line, parse_int=Digits, parse_float=Digits)
                for line in f]
    if len(want) != len(rows):
        fail(f"{table}: {len(rows)} rows, not {len(want)}")
    for n, (row, record) in enumerate(zip(rows, want)):
        got = {k: v for k, v in zip(head, row) if v != ""}
        texts = {k: text_of(v) for k, v in record.items()}
        texts = {k: v for k, v in texts.items() if v != ""}
        if got != texts:
            k = next(k for k in head if got.get(k) != texts.get(k))
            fail(f"{table}: row {n + 1} {k}: {got.get(k)!r}, not "
                 f"{texts.get(k)!r}")


globals()["do_" + sys.argv[1]](*sys.argv[2:])
