"""Pages to CSV with a dict of all records: the newest version wins.

newest.py csv COLUMNS PAGES OUT"""

import csv
import sys

import flat


def main(_form, columns_path, pages, out_path):
    columns = list(flat.columns(columns_path))
    rows = {}
    for record in flat.records(pages):
        rows[record[columns[0]]] = flat.flatten(record)
    with open(out_path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for row in rows.values():
            writer.writerow([flat.cell(row.get(c)) for c in columns])


main(*sys.argv[1:])
