"""Accuracy and seconds of ntk_train and of rivals on tables; started by bench-tables.sh.

    tables.py DOCS

Prints a line per table and learner as it is measured, then the report. DOCS is the directory
that takes the report and the plot if the environment says REPORT=yes.
"""
import csv
import os
import pathlib
import sys
import time

import numpy as np

import plots
import table_learners
import table_report
from table_data import Table

BINS = 15
LEAST = 1e-15   # of a probability, as in ntk_log_loss
PLOTTED = "protein"
COLUMNS = ("table", "learner", "m", "train_rows", "test_rows", "classes", "accuracy", "log_loss",
           "ece", "nmse", "train_s", "predict_s", "note")


def calibration_error(probability, happened):
    """Mean distance of probability and share, over bins of equal mass."""
    order = np.argsort(probability, kind="stable")
    return sum(len(part) * abs(probability[part].mean() - happened[part].mean())
               for part in np.array_split(order, BINS) if len(part)) / len(order)


def scores(table, prediction, y):
    """What is measured on the rows for testing."""
    if not table.classifies:
        return {"nmse": float(np.mean((prediction - y) ** 2) / y.var())}
    seen = y >= 0
    right = np.where(seen, prediction[np.arange(len(y)), y], 0)
    found = {"accuracy": float(np.mean(prediction.argmax(axis=1) == y)),
             "log_loss": float(-np.log(np.clip(right, LEAST, 1)).mean())}
    if len(table.classes) == 2:
        found["ece"] = float(calibration_error(prediction[:, 1], y == 1))
    return found


def measure(table, name, learner, m=None):
    """A record, printed."""
    y = table.targets("test")
    began = time.perf_counter()
    learner.fit()
    trained = time.perf_counter()
    prediction = learner.predict()
    predicted = time.perf_counter()
    record = {"table": table.name, "learner": name, "m": m,
              "train_rows": len(table.labels("train")), "test_rows": len(y),
              "classes": len(table.classes) if table.classifies else None,
              **scores(table, prediction, y), "train_s": trained - began,
              "predict_s": predicted - trained, "note": learner.note}
    print(table_report.line(record), flush=True)
    return record


def main():
    docs, out = pathlib.Path(sys.argv[1]), pathlib.Path(os.environ["OUT"])
    names = ["ntk_train", *os.environ["RIVALS"].split()]
    sizes = [int(m) for m in os.environ["SIZES"].split()]
    cores, limit = int(os.environ["OMP_NUM_THREADS"]), float(os.environ["SEARCH"])
    measured, failures = [], 0
    with open(out / "tables.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()

        def keep(*arguments):
            nonlocal failures
            try:
                measured.append(measure(*arguments))
            except Exception as failure:   # the others are still to be measured
                failures += 1
                print(f"{arguments[0].name} {arguments[1]} FAILED: {failure}", file=sys.stderr)
                return
            writer.writerow(measured[-1])
            file.flush()

        for table in map(Table, os.environ["TABLES"].split()):
            for name in names:
                keep(table, name, table_learners.create(name, table, cores, limit))
            if table.name == PLOTTED:
                for m in sizes:
                    keep(table, "ntk_train", table_learners.Server(table, {"n_components": m}), m)

    text = table_report.text(measured)
    (out / "tables.md").write_text(text)
    print(f"\n{text}")
    curve = [record for record in measured if record["table"] == PLOTTED]
    plot = out / f"{PLOTTED}.svg"
    if curve:
        plots.frontier(curve, PLOTTED, plot)
    if os.environ["REPORT"] == "yes":
        table_report.put(docs / "accuracy-and-performance.md", "bench-tables", text)
        if curve:
            (docs / "accuracy-by-seconds.svg").write_text(plot.read_text())
    if failures:
        sys.exit(f"{failures} measurements failed")


if __name__ == "__main__":
    main()
