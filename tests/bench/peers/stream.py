"""Pages to CSV or JSON lines as the existing tools do it: a set of the ids
seen, the first version of a record wins.

stream.py csv|jsonl COLUMNS PAGES OUT"""

import csv
import json
import sys

import flat


def main(form, columns_path, pages, out_path):
    columns = list(flat.columns(columns_path))
    key = columns[0]
    seen = set()
    with open(out_path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        if form == "csv":
            writer.writerow(columns)
        for record in flat.records(pages):
            if record[key] in seen:
                continue
            seen.add(record[key])
            row = flat.flatten(record)
            if form == "csv":
                writer.writerow([flat.cell(row.get(c)) for c in columns])
            else:
                out.write(json.dumps(row, separators=(",", ":"),
                                     ensure_ascii=False) + "\n")


main(*sys.argv[1:])
