"""Compares tables with what the accounts at the providers hold.

held.py table PROVIDER CATEGORY TABLE GONE DUMP...
    The table has all records of the dumps of the sandbox, which are in the
    order of the runs, and no more: of each its newest version, cell by cell.
    GONE is what happens to a record that is no longer in the last dump: "kept"
    in the table, or "deleted" from it.
held.py history PROVIDER CATEGORY HISTORY GONE DUMP...
    The history has what one dump had and the next one has not or has with
    other content, and no more.

Shares no code with the program: how records become rows is written down here
once more, from wearchive-files(5) and the providers' sheets.
"""
import importlib.util
import os
import sys
from collections import Counter

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location(
    "check", os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "check.py"))
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)
fail = check.fail


# --- how the records of a dump become rows ----------------------------------

def plain(record):
    yield check.flatten({}, record)


def without(*columns):
    """A row a record, but for members that other tables hold."""
    def rows(record):
        yield check.flatten({}, {k: v for k, v in record.items()
                                 if k not in columns})
    return rows


def fixed(**cells):
    """A row a record, and cells that no record has."""
    def rows(record):
        yield {**check.flatten({}, record), **cells}
    return rows


def detail(record):
    yield check.flatten({}, record["answer"])


def parts(indexed=False, owner="activity_id"):
    """A row for each item of an activity's answer."""
    def rows(record):
        for i, item in enumerate(record["answer"]):
            row = check.flatten({}, item)
            row[owner] = record["activity_id"]
            if indexed:
                row["index"] = str(i)
            yield row
    return rows


def efforts(record):
    for item in record["answer"]["segment_efforts"]:
        yield check.flatten({}, item)


def streams(record):
    """A row for each sample, a column for each stream."""
    columns = {k: v["data"] for k, v in record["answer"].items()}
    for i in range(max(map(len, columns.values()))):
        yield check.flatten({}, {
            "activity_id": record["activity_id"], "index": str(i),
            **{k: v[i] for k, v in columns.items()}})


def exercise_row(owner, record, item):
    """The cells that the rows of an exercise and of its sets share."""
    row = {f"{owner}_{k}": record[k] for k in
           ("id", "title", "start_time", "end_time") if k in record}
    row |= {"exercise_index": item["index"], "exercise_title": item["title"],
            "exercise_notes": item["notes"],
            "exercise_template_id": item["exercise_template_id"],
            "superset_id": item.get("supersets_id", item.get("superset_id"))}
    if "rest_seconds" in item:
        row["rest_seconds"] = item["rest_seconds"]
    return row


def exercises(record):
    for item in record["exercises"]:
        yield check.flatten({}, exercise_row("workout", record, item))


def sets(owner):
    def rows(record):
        for item in record["exercises"]:
            for one in item["sets"]:
                row = exercise_row(owner, record, item)
                row |= {"set_index": one["index"], "set_type": one["type"]}
                yield check.flatten({}, row | {
                    k: v for k, v in one.items() if k not in
                    ("index", "type")})
    return rows


def exercise_history(record):
    """The sets of a workout by exercise: numbered through, as its exercises
    follow each other."""
    numbers = Counter()
    for item in record["exercises"]:
        for one in item["sets"]:
            template = item["exercise_template_id"]
            row = {f"workout_{k}": record[k] for k in
                   ("id", "title", "start_time", "end_time")}
            row |= {"exercise_template_id": template, "set_type": one["type"],
                    "index": str(numbers[template])}
            numbers[template] += 1
            yield check.flatten({}, row | {
                k: v for k, v in one.items() if k not in ("index", "type")})


def data(record):
    yield check.flatten({}, record["data"])


# The dump, the columns that name a row, and the rows of a record.
TABLES = {
    "whoop/cycle": ("cycle", ["id"], plain),
    "whoop/recovery": ("recovery", ["cycle_id"], plain),
    "whoop/sleep": ("sleep", ["id"], plain),
    "whoop/workout": ("workout", ["id"], plain),
    "whoop/profile_basic": ("profile_basic", ["user_id"], plain),
    "whoop/body_measurement": ("body_measurement", ["id"], fixed(id="me")),
    "hevy/workouts": ("workouts", ["id"], plain),
    "hevy/workout_exercises": ("workouts", ["workout_id", "exercise_index"],
                               exercises),
    "hevy/workout_sets": ("workouts",
                          ["workout_id", "exercise_index", "set_index"],
                          sets("workout")),
    "hevy/routines": ("routines", ["id"], plain),
    "hevy/routine_sets": ("routines",
                          ["routine_id", "exercise_index", "set_index"],
                          sets("routine")),
    "hevy/exercise_templates": ("exercise_templates", ["id"], plain),
    "hevy/routine_folders": ("routine_folders", ["id"], plain),
    "hevy/body_measurements": ("body_measurements", ["date"], plain),
    "hevy/exercise_history": ("workouts", ["exercise_template_id",
                                           "workout_id", "index"],
                              exercise_history),
    "hevy/workout_count": ("workout_count", ["id"], fixed(id="me")),
    "hevy/user_info": ("user_info", ["id"], data),
    "strava/athlete": ("athlete", ["id"], plain),
    "strava/athlete_stats": ("athlete_stats", ["athlete_id"],
                             fixed(athlete_id="90000001")),
    "strava/athlete_zones": ("athlete_zones", ["athlete_id"],
                             fixed(athlete_id="90000001")),
    "strava/activities": ("activities", ["id"], plain),
    "strava/gear": ("gear", ["id"], plain),
    "strava/routes": ("routes", ["id_str"], plain),
    "strava/segments_starred": ("segments_starred", ["id"], plain),
    "strava/clubs": ("clubs", ["id"], plain),
    "strava/activity_detail": ("activity_detail", ["id"], detail),
    "strava/segment_efforts": ("activity_detail", ["activity.id", "id"],
                               efforts),
    "strava/activity_laps": ("activity_laps", ["activity.id", "id"],
                             parts(owner="activity.id")),
    "strava/activity_zones": ("activity_zones", ["activity_id", "type"],
                              parts()),
    "strava/activity_streams": ("activity_streams", ["activity_id", "index"],
                                streams),
    "strava/activity_comments": ("activity_comments", ["activity_id", "id"],
                                 parts()),
    "strava/activity_kudos": ("activity_kudos", ["activity_id", "index"],
                              parts(indexed=True)),
    "strava/activity_photos": ("activity_photos",
                               ["activity_id", "unique_id"], parts()),
}


class Table:
    def __init__(self, provider, category):
        self.name = f"{provider}/{category}"
        self.dump, self.keys, self.rows = TABLES[self.name]

    def read_dump(self, folder):
        """Key to row, without empty cells."""
        out = {}
        path = os.path.join(folder, self.dump)
        with open(path, encoding="utf-8") as f:
            for line in f:
                for row in self.rows(check.parse(line)):
                    row = {k: v for k, v in row.items() if v != ""}
                    out[tuple(row[k] for k in self.keys)] = row
        if not out:
            fail(f"{path}: {self.name}: nothing is held")
        return out


def stored_rows(path):
    head, rows = check.read_csv(path)
    for row in rows:
        yield {k: v for k, v in zip(head, row) if v != ""}


# --- the comparisons --------------------------------------------------------

def do_table(provider, category, path, gone, *dumps):
    table = Table(provider, category)
    want = {}
    for folder in dumps:
        now = table.read_dump(folder)
        want = {**want, **now} if gone == "kept" else now
    got = {}
    for row in stored_rows(path):
        got[tuple(row.get(k) for k in table.keys)] = row
    for key in sorted(set(want) | set(got), key=str):
        w, g = want.get(key), got.get(key)
        if not w or not g:
            fail(f"{table.name}: {key}: {'held' if w else 'stored'} only; "
                 f"{len(want)} held, {len(got)} stored")
        for k in set(w) | set(g):
            if w.get(k) != g.get(k):
                fail(f"{table.name}: {key} {k}: held {str(w.get(k))[:200]}, "
                     f"stored {str(g.get(k))[:200]}")


def frozen(row, reason):
    return tuple(sorted(row.items())), reason


def do_history(provider, category, path, gone, *dumps):
    table = Table(provider, category)
    want = Counter()
    known = {}
    for folder in dumps:
        now = table.read_dump(folder)
        for key, row in known.items():
            if key not in now and gone == "deleted":
                want[frozen(row, "deleted")] += 1
            elif key in now and now[key] != row:
                want[frozen(row, "updated")] += 1
        known = {**known, **now} if gone == "kept" else now
    got = Counter()
    for row in stored_rows(path) if os.path.exists(path) else []:
        reason = row.pop("_reason")
        del row["_replaced_at"]
        got[frozen(row, reason)] += 1
    for what, rows in (("lacks", want - got), ("has too much", got - want)):
        for (cells, reason), n in rows.items():
            names = {k: dict(cells).get(k) for k in table.keys}
            fail(f"{table.name}: the history {what}: {n} {reason} {names}; "
                 f"{sum(want.values())} held, {sum(got.values())} stored; "
                 f"{str(cells)[:600]}")


globals()["do_" + sys.argv[1]](*sys.argv[2:])
