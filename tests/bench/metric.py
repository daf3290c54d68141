"""Figure of the rounds that bench-metric.sh measured: validation error by round."""
import csv
import os
from collections import defaultdict

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt   # noqa: E402

COLORS = {"diagonal": "#0072B2", "full": "#D55E00"}
MARKERS = {"diagonal": "o", "full": "s"}

sets = defaultdict(lambda: defaultdict(list))
out = os.environ["OUT"]
with open(os.path.join(out, "rounds.csv")) as file:
    for row in csv.DictReader(file):
        if row["metric"]:
            sets[row["set"]][row["metric"]].append((int(row["round"]), float(row["nmse"])))
        else:
            start = (0, float(row["nmse"]))
            for metric in COLORS:
                sets[row["set"]][metric].append(start)

figure, axes = plt.subplots(2, 3, figsize=(11, 6.5), constrained_layout=True)
for axis, (name, lines) in zip(axes.flat, sets.items()):
    for metric, points in lines.items():
        axis.plot(*zip(*points), color=COLORS[metric], marker=MARKERS[metric], label=metric)
    lowest = min(error for points in lines.values() for _, error in points)
    if lowest < 0.05 * start[1]:
        axis.set_yscale("log")
    else:
        axis.set_ylim(bottom=0)
    axis.set_title(name)
    axis.set_xlabel("round")
    axis.set_ylabel("nmse, rows of no round")
    axis.grid(True, color="#dddddd", linewidth=0.6)
axes.flat[0].legend(frameon=False)
figure.savefig(os.path.join(out, "rounds.png"), dpi=120)
