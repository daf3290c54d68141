"""The private server of a bench, through psql."""
import csv
import functools
import subprocess

import numpy as np

HEADER = 19   # bytes before the first row of a binary copy
TRAILER = 2


class QueryFailed(Exception):
    """What psql said."""


def _psql(*arguments):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *arguments],
                          capture_output=True)
    if done.returncode:
        raise QueryFailed(done.stderr.decode().strip())
    return done.stdout


def query(sql):
    """Rows of strings."""
    lines = _psql("-F", "\t", "-c", sql).decode().splitlines()
    return [line.split("\t") for line in lines]


def records(sql):
    """Rows of strings, whatever is in them; NULL is empty."""
    lines = _psql("-c", f"COPY ({sql}) TO STDOUT (FORMAT csv)").decode()
    return list(csv.reader(lines.splitlines(keepends=True)))


def fetch(sql):
    """The real[] or float8[] arrays of one length that a query selects: [row][element]."""
    raw = _psql("-c", f"COPY ({sql}) TO STDOUT (FORMAT binary)")
    kind = int.from_bytes(raw[HEADER + 14:HEADER + 18], "big")
    length = int.from_bytes(raw[HEADER + 18:HEADER + 22], "big")
    number = {700: ">f4", 701: ">f8"}[kind]
    row = np.dtype([("fields", ">i2"), ("bytes", ">i4"), ("dimensions", ">i4"), ("nulls", ">i4"),
                    ("type", ">u4"), ("length", ">i4"), ("lower", ">i4"),
                    ("element", [("bytes", ">i4"), ("value", number)], (length,))])
    rows = np.frombuffer(raw[HEADER:len(raw) - TRAILER], row)
    return rows["element"]["value"].astype(number[1:])


class Split:
    """A data set: x (single precision), y [row][target], and which rows are for what."""

    def __init__(self, name):
        self.name = name
        self.x = fetch(f"SELECT x FROM {name} ORDER BY id")
        self.is_digits = name == "mnist"
        target = "y" if self.is_digits else "ARRAY[y]"
        self.y = fetch(f"SELECT {target} FROM {name} ORDER BY id")
        use = np.array([row[0] for row in query(
            f"SELECT CASE WHEN is_test THEN 't' WHEN id % 5 = 0 THEN 'c' ELSE 'f' END "
            f"FROM {name} ORDER BY id")])
        self.fit = np.flatnonzero(use == "f")
        self.choose = np.flatnonzero(use == "c")
        self.test = np.flatnonzero(use == "t")
        self.train = np.flatnonzero(use != "t")

    def error(self, prediction):
        """On the test rows: share of wrong digits, or mse / variance of the target."""
        y = self.y[self.test]
        if self.is_digits:
            return float(np.mean(prediction.argmax(axis=1) != y.argmax(axis=1)))
        return float(np.mean((prediction - y) ** 2) / y.var())


@functools.lru_cache(maxsize=1)
def split(name):
    """The data set, loaded once if asked for again."""
    return Split(name)
