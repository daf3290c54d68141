"""Figures of the records of bench-images.sh: accuracy on CIFAR-10 and MNIST, time against pixels."""
import csv
import os

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt   # noqa: E402

from plots import tidy   # noqa: E402

OUT = os.environ["OUT"]
COLOR = {"zonal": "#0072B2", "nystrom": "#CC79A7", "sketch": "#E69F00"}
MARKER = {"zonal": "o", "nystrom": "h", "sketch": "s"}
DASH = {"2": "--", "3": "-"}


def records(name):
    """Rows of a CSV as dictionaries of strings; none where it was not measured."""
    if not os.path.exists(os.path.join(OUT, name)):
        return []
    with open(os.path.join(OUT, name), newline="") as file:
        return list(csv.DictReader(file))


def line(axis, label, method, dash, points):
    """Points in the style of a method."""
    if points:
        x, y = zip(*sorted(points))
        axis.plot(x, y, color=COLOR[method], marker=MARKER[method], linestyle=dash, label=label)


def accuracies(axis, rows, name, error, by):
    """Accuracy against m, of rank 64, or against the rank, of m = 4096; without a rank against m."""
    other, value = ("rank", "64") if by == "m" else ("m", "4096")
    for method in COLOR:
        for depth, dash in DASH.items():
            line(axis, f"{method}, depth {depth}", method, dash,
                 [(int(row[by]), float(row["accuracy"])) for row in rows
                  if row["method"] == method and row["depth"] == depth
                  and row[other] in (value, "") and row[by]])
    axis.set_xscale("log", base=2)
    axis.set_xlabel(by)
    axis.set_ylabel("accuracy on the test images")
    axis.set_title(f"{name}; one standard error: {error}", fontsize="small")
    if rows and by == "m":
        axis.legend(frameon=False, fontsize="small")
    tidy(axis)


def times(axis, rows):
    """Milliseconds per image against its pixels, and the line through the last one."""
    for method in ("zonal", "sketch"):
        points = [(int(row["side"]) ** 2, float(row["milliseconds"])) for row in rows
                  if row["method"] == method]
        line(axis, method, method, "-", points)
        if points:
            last = max(points)
            line(axis, None, method, ":", [(n, last[1] * n / last[0]) for n, _ in points])
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_xlabel("pixels")
    axis.set_ylabel("ms per image, one core")
    axis.set_title("dotted: in proportion to the pixels", fontsize="small")
    axis.legend(frameon=False)
    tidy(axis)


def main():
    """Draws images.png."""
    cifar = records("cifar10.csv")
    digits = [row for row in records("digits.csv") if row["table"] == "digits_10000"]
    figure, axes = plt.subplots(2, 3, figsize=(15, 9), layout="constrained")
    for column, by in enumerate(("m", "rank")):
        accuracies(axes[0][column], cifar, "CIFAR-10, 5,000", 0.015, by)
        accuracies(axes[1][column], digits, "MNIST, 10,000", 0.001, by)
    times(axes[0][2], records("pixels.csv"))
    axes[1][2].axis("off")
    figure.savefig(os.path.join(OUT, "images.png"), dpi=130)


if __name__ == "__main__":
    main()
