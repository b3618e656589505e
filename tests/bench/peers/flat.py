"""What the Python peers share: pages, flattening, cells, columns."""

import json


def records(path):
    with open(path, encoding="utf-8") as pages:
        for line in pages:
            yield from json.loads(line)["data"]


def flatten(record, prefix="", out=None):
    out = {} if out is None else out
    for key, value in record.items():
        if isinstance(value, dict):
            flatten(value, prefix + key + ".", out)
        else:
            out[prefix + key] = value
    return out


def cell(value):
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return value


def columns(path):
    with open(path, encoding="utf-8") as lines:
        return dict(line.split() for line in lines)
