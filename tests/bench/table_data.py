"""Tables with columns of all types, on the private server of bench-tables.sh and in memory."""
import functools
import gzip
import os
import pathlib

import numpy as np

from database import query, records

IS_TEST = "('x' || left(md5(id::text), 8))::bit(32)::bigint % 4 = 0"
KINDS = {"text": "category", "boolean": "category", "date": "time", "timestamp": "time"}


def quoted(name):
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def described(name):
    """The file of a table, and (name, type, whether it is the target) per column."""
    data = pathlib.Path(os.environ["DATA_DIR"])
    types = data / "tables" / f"{name}.types"
    if types.exists():
        lines = [line.split("\t") for line in types.read_text().splitlines()]
        return (data / "tables" / f"{name}.csv.gz",
                [(column, kind, target == "TRUE") for column, kind, target in lines])
    path = data / f"{name}.csv.gz"   # numbers only, with the target y
    with gzip.open(path, "rt") as file:
        header = file.readline().replace('"', "").strip().split(",")
    return path, [(column, "boolean" if column == "is_test" else "float8", column == "y")
                  for column in header]


class Table:
    """Loaded as NAME_train and NAME_test, with the number of the row as id.

    columns: {name: "number", "category" or "time"}, without the target.
    """

    def __init__(self, name):
        self.name = name
        path, columns = described(name)
        query(f"CREATE TABLE {name}_rows (id int GENERATED ALWAYS AS IDENTITY, "
              + ", ".join(f"{quoted(column)} {kind}" for column, kind, _ in columns) + ")")
        query(f"\\copy {name}_rows ({', '.join(quoted(column) for column, _, _ in columns)}) "
              f"FROM PROGRAM 'gzip -dc \"{path}\"' WITH (FORMAT csv, HEADER)")
        columns = [column for column in columns if column[0] != "is_test"]   # another split
        self.target, kind = next(column[:2] for column in columns if column[2])
        self.classifies = KINDS.get(kind) == "category"
        self.columns = {column: KINDS.get(kind, "number") for column, kind, is_target in columns
                        if not is_target}
        names = ", ".join(quoted(column) for column, _, _ in columns)
        for part, condition in (("train", f"NOT ({IS_TEST})"), ("test", IS_TEST)):
            query(f"CREATE TABLE {name}_{part} AS SELECT id, {names} FROM {name}_rows "
                  f"WHERE {quoted(self.target)} IS NOT NULL AND {condition} ORDER BY id")
            query(f"ALTER TABLE {name}_{part} ADD PRIMARY KEY (id)")
            query(f"VACUUM ANALYZE {name}_{part}")
        query(f"DROP TABLE {name}_rows")

    def rows(self, part):
        """{column: values}: numbers with NaN, texts with "", times with NaT where NULL."""
        values = records(f"SELECT {', '.join(map(quoted, self.columns))} "
                         f"FROM {self.name}_{part} ORDER BY id")
        found = {}
        for (column, kind), texts in zip(self.columns.items(), zip(*values)):
            texts = np.array(texts)
            if kind == "number":
                texts = np.where(texts == "", "nan", texts).astype(float)
            elif kind == "time":
                texts = np.where(texts == "", "NaT", texts).astype("datetime64[us]")
            found[column] = texts
        return found

    @functools.cached_property
    def classes(self):
        """The labels of the training rows."""
        return sorted(set(self.labels("train")))

    def labels(self, part):
        """Targets as text."""
        return [row[0] for row in records(f"SELECT {quoted(self.target)} "
                                          f"FROM {self.name}_{part} ORDER BY id")]

    def targets(self, part):
        """Numbers, or places in classes; -1 for a class that no training row has."""
        labels = self.labels(part)
        if not self.classifies:
            return np.array(labels, dtype=float)
        places = {label: place for place, label in enumerate(self.classes)}
        return np.array([places.get(label, -1) for label in labels])
