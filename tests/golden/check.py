"""Looks at an archive from outside: check.py tables|served|cells|rows ...

Shares no code with the program; the rules are those of wearchive-files(5).
"""
import csv
import http.client
import json
import os
import re
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlsplit

csv.field_size_limit(1 << 30)

KEYS = {"heartrate": ["timestamp", "source"],
        "ring_battery_level": ["timestamp"],
        "daily_cardiovascular_age": ["day"],
        "sleep_heart_rate": ["sleep_id", "timestamp"],
        "sleep_hrv": ["sleep_id", "timestamp"],
        "daily_activity_met": ["daily_activity_id", "timestamp"]}
SERIES = {"sleep_heart_rate", "sleep_hrv", "daily_activity_met"}
TIMES = {"sleep": "bedtime_start", "workout": "start_datetime",
         "session": "start_datetime", "enhanced_tag": "start_time",
         "tag": "timestamp", "rest_mode_period": "start_day",
         "heartrate": "timestamp", "ring_battery_level": "timestamp",
         "ring_configuration": None, "personal_info": None,
         "sleep_heart_rate": "timestamp", "sleep_hrv": "timestamp",
         "daily_activity_met": "timestamp"}
SWEPT = {"activities", "routes", "segments_starred", "clubs"}
# Of other providers, by folder: keys and times.
OTHERS = {"whoop": ({"recovery": ["cycle_id"], "profile_basic": ["user_id"]},
                    {"cycle": "start", "recovery": "created_at",
                     "sleep": "start", "workout": "start"}),
          "hevy": ({"workout_exercises": ["workout_id", "exercise_index"],
                    "workout_sets": ["workout_id", "exercise_index",
                                     "set_index"],
                    "workout_events": ["workout_id", "type", "at"],
                    "exercise_history": ["exercise_template_id",
                                         "workout_id", "index"],
                    "routine_sets": ["routine_id", "exercise_index",
                                     "set_index"],
                    "body_measurements": ["date"]},
                   {"workouts": "start_time", "body_measurements": "date",
                    "workout_exercises": "workout_start_time",
                    "workout_sets": "workout_start_time",
                    "exercise_history": "workout_start_time"}),
          "strava": ({"athlete_stats": ["athlete_id"],
                      "athlete_zones": ["athlete_id"],
                      "routes": ["id_str"],
                      "segment_efforts": ["activity.id", "id"],
                      "activity_laps": ["activity.id", "id"],
                      "activity_zones": ["activity_id", "type"],
                      "activity_streams": ["activity_id", "index"],
                      "activity_comments": ["activity_id", "id"],
                      "activity_kudos": ["activity_id", "index"],
                      "activity_photos": ["activity_id", "unique_id"]},
                     {"activities": "start_date",
                      "activity_detail": "start_date",
                      "activity_laps": "start_date",
                      "segment_efforts": "start_date",
                      "routes": "created_at",
                      "activity_comments": "created_at",
                      "activity_photos": "uploaded_at"})}
# Rows that come in sets, of which some may go.
SETS = SERIES | {"segment_efforts", "activity_laps", "activity_zones",
                 "activity_streams", "activity_comments", "activity_kudos",
                 "activity_photos"}
SEVERAL_A_DAY = {"sleep", "workout", "session", "enhanced_tag", "tag"}


def fail(text):
    print(text)
    sys.exit(1)


# --- reading ---------------------------------------------------------------

def read_csv(path):
    """Header and rows, strictly; every row has as many cells."""
    with open(path, "rb") as f:
        raw = f.read()
    text = raw.decode("utf-8").removeprefix("\ufeff")
    if not text.endswith("\n"):
        fail(f"{path}: the last line has no end")
    if text.startswith("sep="):
        text = text.split("\n", 1)[1]
    head = text.split("\n", 1)[0]
    sep = next((c for c in ";\t" if c in head and "," not in head), ",")
    rows = list(csv.reader(text.splitlines(keepends=True) and
                           _lines(text), delimiter=sep, strict=True))
    for n, row in enumerate(rows):
        if len(row) != len(rows[0]):
            fail(f"{path}: row {n}: {len(row)} cells, not {len(rows[0])}")
        row[:] = map(unguard, row)
    if len(set(rows[0])) != len(rows[0]):
        fail(f"{path}: a column is there twice")
    return rows[0], rows[1:]


GUARDED = re.compile(
    r"'(?='*(?:[=+@\t\r\n-]|(?=(?:\D*\d){16})[\d., ]+(?:[eE][+-]?\d*)?\Z))")


def unguard(cell):
    """The apostrophe that keeps a spreadsheet from calculating."""
    return cell[1:] if GUARDED.match(cell) else cell


def _lines(text):
    """Lines that end in LF only, as the csv module wants them."""
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


class Digits(str):
    """A number, as it was written."""


def parse(text):
    return json.loads(text, parse_int=Digits, parse_float=Digits)


def compact(v):
    if isinstance(v, Digits):
        return str(v)
    if isinstance(v, dict):
        return "{" + ",".join(compact(str(k)) + ":" + compact(x)
                              for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ",".join(map(compact, v)) + "]"
    return json.dumps(v, ensure_ascii=False)


def flatten(out, v, name=""):
    """The cells of a record."""
    if isinstance(v, dict) and (v or not name):
        for k, x in v.items():
            k = re.sub(r"([.\\])", r"\\\1", k)
            flatten(out, x, f"{name}.{k}" if name else k)
    elif v is True or v is False:
        out[name] = "true" if v else "false"
    elif v is not None:
        out[name] = v if isinstance(v, str) else compact(v)
    return out


def instant(text):
    t = datetime.fromisoformat(text)
    return t if t.tzinfo else t.replace(tzinfo=timezone.utc)


# --- tables DIR UNORDERED ---------------------------------------------------

def folder_of(path):
    return os.path.basename(os.path.dirname(path))


def check_keys(path, name, records):
    seen = set()
    other = OTHERS.get(folder_of(path))
    keys = (other[0] if other else KEYS).get(name, ["id"])
    constant = ".raw." in path and name in ("body_measurement",
                                            "workout_count")
    for r in records:
        if ".raw." in path and "activity.id" in keys:
            r = flatten({}, r)
        key = tuple(r.get(k) for k in keys)
        if constant:
            key = ("me",)
        if key in seen or None in key or "" in key:
            fail(f"{path}: {key} is there twice or empty")
        seen.add(key)
    if name in SERIES or other:
        return
    if name.startswith("daily_") or name in ("sleep_time", "vo2_max"):
        days = [r.get("day") for r in records]
        if len(set(days)) != len(days):
            fail(f"{path}: a day is there twice")


def check_order(path, name, records):
    other = OTHERS.get(folder_of(path))
    column = other[1].get(name) if other else TIMES.get(name, "day")
    if not column:
        return
    times = [instant(r[column]) for r in records if r.get(column)]
    for a, b in zip(times, times[1:]):
        if a > b:
            fail(f"{path}: {b} comes after {a}")


def check_table(path, unordered):
    file = os.path.basename(path)
    name = file.split(".")[0]
    if file.endswith(".csv"):
        head, rows = read_csv(path)
        records = [dict(zip(head, r)) for r in rows]
    else:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        if text and not text.endswith("\n"):
            fail(f"{path}: the last line has no end")
        records = [parse(line) for line in text.split("\n")[:-1]]
        if any(not isinstance(r, dict) for r in records):
            fail(f"{path}: a line is no object")
    if ".history." in file:
        reasons = ("updated", "deleted") if name in SETS or \
            folder_of(path) == "hevy" else ("updated", "vanished") if \
            folder_of(path) == "strava" and name in SWEPT else ("updated",)
        for r in records:
            if not r["_replaced_at"].endswith("Z") or \
                    r["_reason"] not in reasons:
                fail(f"{path}: {r['_replaced_at']} {r['_reason']}")
        return
    check_keys(path, name, records)
    if not unordered:
        check_order(path, name, records)


def do_tables(folder, unordered):
    for at, _, files in os.walk(folder):
        for file in files:
            if ".wearchive" not in at and \
                    file.endswith((".csv", ".jsonl")):
                check_table(os.path.join(at, file), unordered)


# --- served URL DIR NOW CATEGORY... ----------------------------------------

def ask(conn, path, query):
    pages, more = [], ""
    while True:
        conn.request("GET", f"/v2/usercollection/{path}?{query}{more}",
                     headers={"Authorization":
                              "Bearer CANARY-sandbox-token"})
        reply = conn.getresponse()
        page = parse(reply.read().decode("utf-8"))
        if reply.status != 200:
            fail(f"{path}?{query}: {reply.status}")
        if "data" not in page:
            return [page]
        pages += page["data"]
        if not page["next_token"]:
            return pages
        more = "&next_token=" + quote(page["next_token"])


def ask_all(conn, name, now):
    if name in ("heartrate", "ring_battery_level"):
        out = []
        at = now - timedelta(days=3 * 365 + 90)
        while at < now:
            to = at + timedelta(days=30)
            out += ask(conn, name, "start_datetime="
                       f"{at:%Y-%m-%dT%H:%M:%SZ}&end_datetime="
                       f"{to:%Y-%m-%dT%H:%M:%SZ}")
            at = to
        return out
    path = "vO2_max" if name == "vo2_max" else name
    return ask(conn, path, "start_date=2010-01-01&end_date=2040-01-01")


def do_served(url, folder, now, *names):
    conn = http.client.HTTPConnection(urlsplit(url).netloc)
    now = datetime.fromtimestamp(int(now), timezone.utc)
    for name in names:
        keys = KEYS.get(name, ["id"])
        want = {tuple(r[k] for k in keys): r for r in
                (flatten({}, r) for r in ask_all(conn, name, now))}
        head, rows = read_csv(f"{folder}/oura/{name}.csv")
        got = {}
        for row in rows:
            r = {k: v for k, v in zip(head, row) if v != ""}
            got[tuple(r[k] for k in keys)] = r
        if len(want) == 0:
            fail(f"{name}: nothing is served")
        column = TIMES.get(name, "day")
        first = min(instant(r[column]) for r in want.values()) if column \
            else None
        for key in sorted(set(want) | set(got)):
            w = {k: v for k, v in want.get(key, {}).items() if v != ""}
            g = got.get(key, {})
            if not w and first and instant(g[column]) < first:
                continue # what a provider forgets stays
            for k in set(w) | set(g):
                if w.get(k) != g.get(k):
                    fail(f"{name}: {key} {k}: served {str(w.get(k))[:200]}, "
                         f"stored {str(g.get(k))[:200]}")


# --- cells FILE, rows FILE --------------------------------------------------

CELL = re.compile(r'"(?:[^"]|"")*"|[^,"\r\n]*')


def raw_cells(text):
    """Rows of cells with their quotes."""
    rows, row, at = [], [], 0
    while at < len(text):
        m = CELL.match(text, at)
        row.append(m.group())
        at = m.end()
        if text[at] == ",":
            at += 1
            continue
        at += 1
        rows.append(row)
        row = []
    return rows


def unquote(cell):
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def do_cells(path):
    """stdin: DAY COLUMN CELL, the column and the cell as Python strings if
    they begin with a quote; a cell as it stands in the file. Python's csv
    module has to see the same value."""
    head, rows = read_csv(path)
    with open(path, encoding="utf-8", newline="") as f:
        raw = raw_cells(f.read())
    day = head.index("day")
    for line in sys.stdin.read().splitlines():
        if not line:
            continue
        when, column, want = line.split(" ", 2)
        if column[0] in "'\"":
            column = eval(column)
        if want[0] in "'\"r":
            want = eval(want)
        at = [i for i, r in enumerate(rows) if r[day] == when]
        if len(at) != 1 or column not in head:
            fail(f"{path}: {when} {column}: {len(at)} rows, columns {head}")
        got = raw[at[0] + 1][head.index(column)]
        if got != want or rows[at[0]][head.index(column)] != \
                unguard(unquote(want)):
            fail(f"{path}: {when} {column}: {got!r}, not {want!r}")


# --- equal FILE FILE, keys FILE FILE ----------------------------------------

def read_both(wanted, got):
    """Rows of two files that have the same columns, in any order."""
    (head, rows), (other, have) = read_csv(wanted), read_csv(got)
    if sorted(head) != sorted(other) or len(rows) != len(have):
        fail(f"{got}: {len(have)} rows, not {len(rows)}; columns {other}")
    return ([dict(zip(head, r)) for r in rows],
            [dict(zip(other, r)) for r in have])


def do_equal(wanted, got):
    """All cells are the same text."""
    for n, (a, b) in enumerate(zip(*read_both(wanted, got))):
        for k in a:
            if a[k] != b[k]:
                fail(f"{got}: row {n + 1} {k}: {b[k][:200]!r}, not "
                     f"{a[k][:200]!r}")


def do_keys(wanted, got):
    """The rows are of the same records."""
    name = os.path.basename(wanted).split(".")[0]
    sets = [{tuple(r[k] for k in KEYS.get(name, ["id"])) for r in rows}
            for rows in read_both(wanted, got)]
    if sets[0] != sets[1]:
        fail(f"{got}: differs in {sorted(sets[0] ^ sets[1])[:5]}")


def do_rows(path):
    print(len(read_csv(path)[1]))


if __name__ == "__main__":
    globals()["do_" + sys.argv[1]](*sys.argv[2:])
