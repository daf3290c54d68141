"""Measures all feature maps and their rivals; started by bench-maps.sh, which names the knobs.

Writes to OUT: results.csv (a line per data set, method and m), tuning.csv (the settings that
were tried for rivals), spectral.csv, maps.md (all tables, also printed) and PNGs. What the
CSV files hold already is not measured again.
"""
import csv
import json
import multiprocessing
import os
import pathlib
import sys
import time
import traceback

import plots
import report
import rivals
import spectral
from database import QueryFailed, query, split

OURS = report.OURS
PARTS = ("maps", "rivals", "published", "learners", "spectral")
PUBLISHED_SIZES = (1024, 2048)
WIDE = 4096   # above, lambda is searched from its best value at the next smaller m


def knob(name, default):
    """A list in the environment."""
    return os.environ.get(name, "").split() or list(default)


class Store:
    """Records in a CSV file, which grows line by line; found again by the key columns."""

    def __init__(self, path, columns, key):
        self.path, self.columns, self.key = path, columns, key
        self.records = {}
        if path.exists():
            with path.open() as file:
                for row in csv.DictReader(file):
                    self._keep({name: self._value(text) for name, text in row.items()})

    @staticmethod
    def _value(text):
        try:
            return json.loads(text)
        except ValueError:
            return text or None

    def _keep(self, record):
        self.records[tuple(record[name] for name in self.key)] = record

    def add(self, record):
        """Appends to the file."""
        record = {name: record.get(name) for name in self.columns}
        self._keep(record)
        is_new = not self.path.exists()
        with self.path.open("a", newline="") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(self.columns)
            writer.writerow("" if value is None else
                            value if isinstance(value, str) else json.dumps(value)
                            for value in record.values())


def our_record(name, method, m, start):
    """Measures one of our maps."""
    first = "NULL" if start is None or m <= WIDE else start
    columns = ("features_us", "map_s", "gram_s", "choose_s", "solve_s", "exponent", "holdout",
               "error")
    row = query(f"SELECT {', '.join(columns)} "
                f"FROM bench_train('{name}', '{method}', {m}, {first})")[0]
    return {column: json.loads(text) if text else None for column, text in zip(columns, row)}


def run(task):
    """Measures a chain of sizes: (task, records of results, of tuning, of spectral, failure)."""
    part, name, method, sizes, start, earlier = task
    results, tuning, spectra, failure = [], [], [], None
    try:
        if part == "spectral":
            spectra = spectral.measure(name, method, sizes)
        elif part == "learners":
            results.append(rivals.measure_learner(method, split(name)) | {"m": 0})
        else:
            for m in sizes:
                began = time.perf_counter()
                if part == "maps":
                    record = our_record(name, method, m, start)
                    record["tune_s"] = time.perf_counter() - began
                else:
                    record, earlier = rivals.measure_map(method, split(name), m, earlier)
                    tuning.append({"set": name, "method": method, "m": m, "trials": earlier})
                record["train_s"] = record["map_s"] + record["gram_s"] + record["solve_s"]
                start = record["exponent"]
                results.append(record | {"m": m})
    except QueryFailed as error:
        failure = str(error)
    except Exception:
        failure = traceback.format_exc()
    for record in results:
        record.update({"set": name, "method": method, "part": part})
    return task, results, tuning, spectra, failure


def available(method):
    """Whether this build of the extension has the method."""
    if method == "nystrom":
        return query("SELECT count(*) FROM pg_proc WHERE proname = 'ntk_nystrom'") != [["0"]]
    name, _, option = method.partition("_layered")
    if method in ("zonal_sharp", "polysketch_8"):
        name = method.split("_")[0]
    try:
        query(f"SELECT ntk_map(3, 64, method => '{name}')")
    except QueryFailed:
        return False
    return True


def plan(sets, sizes, methods, parts, results, tuning, spectra):
    """What is still to be measured, long tasks first.

    No more components than half the training rows: there is nothing to gain but time lost.
    """
    tasks = []
    room = {name: int(query(f"SELECT count(*) / 2 FROM {name} WHERE NOT is_test")[0][0])
            for name in sets}

    def chain(part, name, method, wanted):
        todo = [m for m in sorted(set(wanted))
                if m <= room[name] and (name, method, m) not in results.records]
        if not todo:
            return
        before = [m for (n, k, m) in results.records if (n, k) == (name, method) and m < todo[0]]
        known = tuning.records.get((name, method, max(before))) if before else None
        start = results.records[name, method, max(before)]["exponent"] if before else None
        tasks.append((part, name, method, todo, start, known and known["trials"]))

    for name in sorted(sets, key=("mnist", "protein", "kin40k", "elevators").index):
        for method in methods:
            if method in report.LEARNERS and "learners" in parts:
                chain("learners", name, method, [0])
            if method in rivals.SIZES and "rivals" in parts:
                chain("rivals", name, method, filter(rivals.SIZES[method], sizes))
            if method == "NTKSketch" and "published" in parts:
                chain("published", name, method, [m for m in PUBLISHED_SIZES if m <= max(sizes)])
            if method in OURS and "maps" in parts:
                extra = [m for m in PUBLISHED_SIZES if m <= max(sizes)] \
                    if method == "polysketch" and "published" in parts else []
                chain("maps", name, method, sizes + extra)
    if "spectral" in parts:
        seeds = int(os.environ.get("SEEDS") or 3)
        for name in spectral.SETS:
            for method in spectral.METHODS:
                if name in sets and report.family(method) in methods and \
                        not any(key[:2] == (name, method) for key in spectra.records):
                    tasks.append(("spectral", name, method, seeds, None, None))
    order = ("learners", "rivals", "published", "maps", "spectral")
    return sorted(tasks, key=lambda task: order.index(task[0]))


def main():
    out = pathlib.Path(os.environ["OUT"])
    out.mkdir(parents=True, exist_ok=True)
    if os.environ.get("FRESH") == "1":
        for name in ("results.csv", "tuning.csv", "spectral.csv"):
            (out / name).unlink(missing_ok=True)
    results = Store(out / "results.csv",
                    ("set", "part", "method", "m", "error", "holdout", "exponent", "features_us",
                     "map_s", "gram_s", "choose_s", "solve_s", "train_s", "tune_s", "settings"),
                    ("set", "method", "m"))
    tuning = Store(out / "tuning.csv", ("set", "method", "m", "trials"), ("set", "method", "m"))
    spectra = Store(out / "spectral.csv",
                    ("set", "method", "m", "share", "dimension", "seeds", "epsilon", "deviation"),
                    ("set", "method", "m", "share"))
    methods = knob("METHODS", (*OURS, *rivals.SIZES, "NTKSketch", *report.LEARNERS))
    sizes = [int(m) for m in knob("SIZES", (512, 2048, 8192))]
    absent = {method for method in (*OURS, *spectral.METHODS) if not available(method)}
    tasks = [task for task in plan(knob("SETS", ()), sizes, methods, knob("PARTS", PARTS),
                                   results, tuning, spectra) if task[2] not in absent]
    if absent & set(methods):
        print("not in this build:", *sorted(absent & set(methods)))

    began, failures = time.perf_counter(), 0
    jobs = int(os.environ.get("JOBS") or min(2, os.cpu_count()))
    with multiprocessing.Pool(jobs) as pool:
        for task, found, tried, points, failure in pool.imap_unordered(run, tasks):
            for store, records in ((results, found), (tuning, tried), (spectra, points)):
                for record in records:
                    store.add(record)
            passed = time.perf_counter() - began
            for record in found:
                print(f"{passed:6.0f} s  {task[1]:10} {task[2]:26} {record['m'] or '':>6} "
                      f"error {record['error']:.4f}, training {record['train_s']:.1f} s", flush=True)
            if points:
                print(f"{passed:6.0f} s  {task[1]:10} {task[2]:26} spectral", flush=True)
            if failure:
                failures += 1
                print(f"{passed:6.0f} s  {task[1]} {task[2]} FAILED: {failure}", file=sys.stderr)

    records = list(results.records.values())
    points = list(spectra.records.values())
    text = report.text(records, points)
    (out / "maps.md").write_text(text)
    print(f"\n{text}")
    plots.draw(records, points, out)
    if failures:
        sys.exit(f"{failures} measurements failed")


if __name__ == "__main__":
    main()
