"""Figures of the records of maps.py and tables.py: error against m and seconds, spectral error."""
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt   # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter   # noqa: E402

from report import LEARNERS, OURS, RIVALS, SETS, measure   # noqa: E402

# Okabe and Ito's colours, which colour-blind readers can tell apart; markers say it again.
STYLE = {
    "zonal": ("#0072B2", "o", "-"),
    "zonal_sharp": ("#0072B2", "v", "--"),
    "polysketch": ("#E69F00", "s", "-"),
    "polysketch_8": ("#E69F00", "P", "--"),
    "polysketch_layered": ("#D55E00", "D", "-"),
    "random_features": ("#009E73", "^", "-"),
    "random_features_leverage": ("#56B4E9", "X", "-"),
    "nystrom": ("#CC79A7", "h", "-"),
    "RBFSampler": ("#666666", "o", ":"),
    "Nystroem": ("#000000", "h", ":"),
    "PolynomialCountSketch": ("#999999", "s", ":"),
    "NTKSketch": ("#000000", "*", ""),
    "MLP": ("#000000", "1", ""),
    "HistGradientBoosting": ("#000000", "+", ""),
    "RandomForest": ("#000000", "x", ""),
    "tuned": ("#000000", "P", ""),
    "xgboost": ("#000000", "2", ""),
    "ntk_train": ("#0072B2", "o", "-"),
}
LABEL = {
    "NTKSketch": "NTKSketch, the paper's, in numpy",
    "zonal_sharp": "zonal, cut sharply",
    "tuned": "HistGradientBoosting, tuned",
    "polysketch": "polysketch",
    "polysketch_8": "polysketch, degree 8",
    "polysketch_layered": "polysketch, layered",
    "RBFSampler": "RBFSampler (scikit-learn)",
    "Nystroem": "Nystroem (scikit-learn)",
    "PolynomialCountSketch": "PolynomialCountSketch (scikit-learn)",
}


def line(axis, method, x, y):
    """Points of a method, in its style."""
    color, marker, dash = STYLE[method]
    hollow = method in RIVALS
    axis.plot(x, y, color=color, marker=marker, linestyle=dash or "none", linewidth=1.5,
              markersize=6 if dash else 9, markeredgewidth=1.5,
              markerfacecolor="white" if hollow else color,
              label=LABEL.get(method, method))


def tidy(axis):
    """A light grid, no box."""
    axis.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def plain_numbers(axis, steps):
    """Labels of a logarithmic axis: 0.02 rather than 2 x 10^-2; at these steps if it is short."""
    low, high = sorted(axis.get_view_interval())
    if high / low > 8:
        steps = (1, 2, 5)
    axis.set_major_locator(LogLocator(subs=steps if high / low < 300 else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def log_errors(axis):
    """A logarithmic error axis."""
    axis.set_yscale("log")
    plain_numbers(axis.yaxis, (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7))


def legend(figure, axes):
    """One for all panels, below them."""
    entries = {}
    for axis in axes:
        entries.update(reversed(pair) for pair in zip(*axis.get_legend_handles_labels()))
    order = [LABEL.get(method, method) for method in STYLE]
    names = sorted(entries, key=lambda name: order.index(name) if name in order else 99)
    rows = -(-len(names) // 4)
    figure.tight_layout(rect=(0, (0.21 * rows + 0.15) / figure.get_figheight(), 1, 1))
    figure.legend([entries[name] for name in names], names, loc="lower center", ncol=4,
                  frameon=False, fontsize=9)


def panels(sets, columns=2):
    """A figure with a panel a data set."""
    rows = -(-len(sets) // columns)
    width = columns if len(sets) > 1 else 1
    figure, axes = plt.subplots(rows, width, figsize=(5.5 * width, 4.0 * rows + 0.8),
                                squeeze=False)
    for axis in axes.flat[len(sets):]:
        axis.set_visible(False)
    return figure, list(axes.flat[:len(sets)])


def title(name):
    """A data set and what its errors are."""
    return f"{name}: " + ("share of wrong digits" if name == "mnist" else "test " + measure(name))


def errors(records, sets, path):
    """Error against m; whole learners are levels."""
    figure, axes = panels(sets)
    for axis, name in zip(axes, sets):
        here = [r for r in records if r["set"] == name]
        for method in (*RIVALS, *OURS, "NTKSketch"):
            points = sorted((r["m"], r["error"]) for r in here if r["method"] == method)
            if points:
                line(axis, method, *zip(*points))
        for learner in LEARNERS:
            for r in here:
                if r["method"] == learner:
                    axis.axhline(r["error"], color="#888888", linewidth=0.8, zorder=0)
                    axis.annotate(learner, (1, r["error"]), xycoords=("axes fraction", "data"),
                                  ha="right", va="bottom", fontsize=8, color="#555555")
        sizes = sorted({r["m"] for r in here if r["m"]})
        axis.set_xscale("log", base=2)
        axis.set_xticks(sizes, [f"{m}" for m in sizes])
        axis.set_xlabel("components m")
        log_errors(axis)
        axis.set_title(title(name), fontsize=11, loc="left")
        tidy(axis)
    legend(figure, axes)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def times(records, sets, path):
    """Error against training seconds."""
    figure, axes = panels(sets)
    for axis, name in zip(axes, sets):
        here = [r for r in records if r["set"] == name]
        for method in (*RIVALS, *OURS, "NTKSketch", *LEARNERS):
            points = sorted((r["m"], r["train_s"], r["error"]) for r in here
                            if r["method"] == method)
            if points:
                line(axis, method, [p[1] for p in points], [p[2] for p in points])
        axis.set_xscale("log")
        plain_numbers(axis.xaxis, (1, 2, 3, 5))
        axis.set_xlabel("training seconds, one core")
        log_errors(axis)
        axis.set_title(title(name), fontsize=11, loc="left")
        tidy(axis)
    legend(figure, axes)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def spectra(points, path):
    """epsilon against m, a panel a data set and lambda."""
    cases = sorted({(p["set"], p["share"]) for p in points}, reverse=True)
    figure, axes = panels(cases)
    for axis, (name, share) in zip(axes, cases):
        here = [p for p in points if (p["set"], p["share"]) == (name, share)]
        sizes = sorted({p["m"] for p in here})
        for method in dict.fromkeys(p["method"] for p in here):
            line(axis, method, *zip(*sorted((p["m"], p["epsilon"]) for p in here
                                            if p["method"] == method)))
        low = min(p["epsilon"] for p in here if p["m"] == sizes[-1]) * 0.8
        axis.plot(sizes, [low * (sizes[-1] / m) ** 0.5 for m in sizes], color="#888888",
                  linewidth=1, linestyle=(0, (6, 3)), zorder=0, label="slope of 1/√m")
        axis.set_xscale("log", base=2)
        axis.set_xticks(sizes, [f"{m}" for m in sizes], fontsize=8)
        axis.set_yscale("log")
        axis.set_xlabel("components m")
        axis.set_ylabel("spectral error ε")
        axis.set_title(f"{name}, λ = {share:g} tr K, statistical dimension "
                       f"{here[0]['dimension']:.0f}", fontsize=11, loc="left")
        tidy(axis)
    legend(figure, axes)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def frontier(records, name, path):
    """Error against seconds on a table: ntk_train by size, the others as points."""
    with plt.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):   # the same file again
        figure, (axis,) = panels([name])
        figure.set_size_inches(7, 4.6)
        for learner in dict.fromkeys(r["learner"] for r in records):
            here = sorted((r["train_s"], r["nmse"], r["m"]) for r in records
                          if r["learner"] == learner and (r["m"] or learner != "ntk_train"))
            if here:
                line(axis, learner, [p[0] for p in here], [p[1] for p in here])
            for s, error, m in here:
                if m:
                    axis.annotate(f"{m:,}", (s, error), xytext=(6, 4), fontsize=8,
                                  textcoords="offset points")
        axis.set_xscale("log")
        plain_numbers(axis.xaxis, (1, 2, 5))
        axis.set_xlabel("training seconds")
        axis.set_title(f"{name}: test nmse; ntk_train by components", fontsize=11, loc="left")
        tidy(axis)
        legend(figure, [axis])
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def draw(records, points, out):
    """All figures, to files in the directory out."""
    sets = [name for name in SETS if any(r["set"] == name for r in records)]
    if sets:
        errors(records, sets, out / "error.png")
        times(records, sets, out / "seconds.png")
    if points:
        spectra(points, out / "spectral.png")
