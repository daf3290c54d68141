"""Markdown tables and sentences made of the records of maps.py."""
from spectral import slope

OURS = ("zonal", "polysketch", "polysketch_layered", "random_features",
        "random_features_leverage", "nystrom")
OBLIVIOUS = OURS[:-1]
RIVALS = ("RBFSampler", "Nystroem", "PolynomialCountSketch")
LEARNERS = ("MLP", "HistGradientBoosting", "RandomForest")
SETS = ("protein", "kin40k", "elevators", "mnist")

# Of the published PyTorch code on MNIST at m = 2048, measured beforehand with both threads
# of a machine of this kind: rows/s of features, accuracy.
PUBLISHED = (("NTKSketch, degree 2", 4700, 0.9522), ("NTKSketch, degree 4", 3400, 0.9573),
             ("NTKSketch, degree 8", 1900, 0.9543), ("NTKRF", 15400, 0.9548))


def family(method):
    """The method that a variant in the spectral measurement belongs to."""
    return {"zonal_sharp": "zonal", "polysketch_8": "polysketch"}.get(method, method)


def quality(name, error):
    """Accuracy of digits, else nmse, as text."""
    return f"{1 - error:.4f}" if name == "mnist" else f"{error:.3f}"


def measure(name):
    """What quality() is."""
    return "accuracy" if name == "mnist" else "nmse"


def table(header, rows):
    """A Markdown table, columns aligned."""
    rows = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
             for row in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


class Results:
    """Records by data set, method and m."""

    def __init__(self, records):
        self.records = {(r["set"], r["method"], r["m"]): r for r in records}
        self.sets = [name for name in SETS if any(key[0] == name for key in self.records)]

    def get(self, name, method, m):
        """A record or None."""
        return self.records.get((name, method, m))

    def sizes(self, name, methods):
        """The m that were measured."""
        return sorted({m for (s, method, m) in self.records if s == name and method in methods})

    def best(self, name, methods, m):
        """The record of least error, or None."""
        found = [r for method in methods if (r := self.get(name, method, m))]
        return min(found, key=lambda record: record["error"], default=None)


def seconds(value):
    """As text, to two digits or so."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def map_table(results, name, methods, sizes):
    """A line per method, three columns per m."""
    header = ["method"]
    for m in sizes:
        header += [f"m = {m}: {measure(name)}", "µs/row", "s"]
    rows = []
    for method in methods:
        cells = []
        for m in sizes:
            record = results.get(name, method, m)
            cells += [quality(name, record["error"]), seconds(record["features_us"]),
                      seconds(record["train_s"])] if record else ["", "", ""]
        if any(cells):
            rows.append([method, *cells])
    return table(header, rows)


def chooser_table(results):
    """All data sets side by side, a line per method and m: the table of
    docs/accuracy-and-performance.md."""
    rows = []
    for method in OURS:
        for m in results.sizes("mnist", OURS):
            found = [results.get(name, method, m) for name in SETS]
            if not any(found) or not results.get("protein", "zonal", m):
                continue
            name, layered, _ = method.partition("_layered")
            rows.append([f"`{name}`{', layered' * bool(layered)}", f"{m:,}",
                         *(quality(r["set"], r["error"]) if r else "" for r in found),
                         *(seconds(r[column]) if r else "" for column in ("features_us", "train_s")
                           for r in (found[0], found[3]))])
    return table(["method", "m", *(f"{name}, {measure(name)}" for name in SETS),
                  "µs/row, 9 inputs", "784", "training s, protein", "MNIST"], rows)


def learners_table(results):
    """Whole learners, a column per data set."""
    rows = []
    for learner in LEARNERS:
        cells = []
        for name in results.sets:
            record = results.get(name, learner, 0)
            cells += [quality(name, record["error"]), seconds(record["train_s"])] \
                if record else ["", ""]
        if any(cells):
            rows.append([learner, *cells])
    header = ["learner"]
    for name in results.sets:
        header += [f"{name}: {measure(name)}", "s"]
    return table(header, rows)


def published_table(results):
    """Our polysketch and the paper's algorithm, degree 4."""
    rows = []
    for name in results.sets:
        for m in results.sizes(name, ["NTKSketch"]):
            row = [name, m]
            for method in ("polysketch", "NTKSketch"):
                record = results.get(name, method, m)
                row += [quality(name, record["error"]), f"{1e6 / record['features_us']:.0f}"] \
                    if record else ["", ""]
            rows.append(row)
    return table(["data", "m", "polysketch", "rows/s", "paper's NTKSketch", "rows/s"], rows)


def spectral_tables(points):
    """A table per data set and lambda: epsilon by m, and the slope."""
    for name, share in sorted({(p["set"], p["share"]) for p in points}, reverse=True):
        here = [p for p in points if (p["set"], p["share"]) == (name, share)]
        sizes = sorted({p["m"] for p in here})
        rows = []
        for method in dict.fromkeys(p["method"] for p in here):
            line = {p["m"]: p["epsilon"] for p in here if p["method"] == method}
            fitted = slope(list(line), list(line.values()))
            rows.append([method, *(f"{line[m]:.3f}" if m in line else "" for m in sizes),
                         "" if fitted is None else f"{fitted:.2f}"])
        yield (f"{name}, lambda = {share:g} tr K, statistical dimension "
               f"{here[0]['dimension']:.0f}\n\n" + table(["m =", *sizes, "slope"], rows))


def leverage_sentence(points):
    """Leverage scores against plain random features."""
    lines = []
    for name, share in sorted({(p["set"], p["share"]) for p in points}, reverse=True):
        at = {(p["method"], p["m"]): p["epsilon"] for p in points
              if (p["set"], p["share"]) == (name, share)}
        ratios = {m: epsilon / at["random_features", m] for (method, m), epsilon in at.items()
                  if method == "random_features_leverage" and ("random_features", m) in at}
        if ratios:
            lines.append(f"{name}, lambda = {share:g} tr K: epsilon of random_features_leverage "
                         f"is {min(ratios.values()):.2f} to {max(ratios.values()):.2f} of that of "
                         f"random_features, {ratios[max(ratios)]:.2f} at m = {max(ratios)}.")
    return "\n".join(lines)


def verdict(name, record, opponents):
    """Which of the opponents, (name, record or None), this record beats, in words."""
    beaten, others = [], []
    for opponent, other in opponents:
        if other:
            side = beaten if record["error"] < other["error"] else others
            side.append(f"{opponent} ({quality(name, other['error'])})")
    words = []
    if beaten:
        words.append("beats " + " and ".join(beaten))
    if others:
        words.append("does not beat " + " or ".join(others))
    return ", ".join(words)


def claims(results):
    """Do features with ridge beat a trained MLP, and Nystroem of the same width?"""
    paragraphs = []
    for name in results.sets:
        mlp = results.get(name, "MLP", 0)
        sentences = []
        for m in results.sizes(name, OURS):
            opponents = (("the trained MLP", mlp), ("Nystroem", results.get(name, "Nystroem", m)))
            if not any(record for _, record in opponents):
                continue
            for methods, kind in ((OBLIVIOUS, "the best of the maps that see no data"),
                                  (OURS[-1:], "which has seen the data")):
                record = results.best(name, methods, m)
                if record:
                    sentences.append(f"At m = {m} {record['method']}, {kind}, reaches "
                                     f"{quality(name, record['error'])}: "
                                     f"{verdict(name, record, opponents)}.")
        if sentences:
            paragraphs.append(f"**{name}** ({measure(name)}). " + " ".join(sentences))
    return "\n\n".join(paragraphs)


def text(records, points):
    """The whole report."""
    results = Results(records)
    parts = ["# Feature maps compared",
             "One core each; two configurations ran side by side. µs/row: features alone, "
             "`SELECT ntk_sketch(x, map)` over a table for ours, in blocks in memory for rivals. "
             "s: training, that is making the map, one pass over the training rows (features "
             "and Gram matrix) and one solve; choosing settings comes on top. lambda: the best "
             "decade on a held-out fifth of the training rows. nystrom whitens the features "
             "that `ntk_sketch` returns, which costs m² a row; training and prediction fold that "
             "into the weights. Above m = 4096 lambda is searched within two decades of the best "
             "one at the next smaller m."]
    if all(name in results.sets for name in SETS):
        parts += ["## Which map should I use?", chooser_table(results)]
    for name in results.sets:
        sizes = results.sizes(name, (*OURS, *RIVALS))
        shown = [m for m in sizes if results.best(name, OURS[:1] + OURS[2:] + RIVALS, m)] or sizes
        if shown:
            parts += [f"## {name}", map_table(results, name, OURS, shown)]
        if results.sizes(name, RIVALS):
            parts += [f"Maps of scikit-learn on {name}, with ridge:",
                      map_table(results, name, RIVALS, shown)]
    if any(r["method"] in LEARNERS for r in records):
        parts += ["## Whole learners of scikit-learn", learners_table(results)]
    if any(r["method"] == "NTKSketch" for r in records):
        parts += ["## The published algorithm",
                  "polysketch, degree 4, against NTKSketch (single shot, degree 4) as written in "
                  "the paper, in numpy; rows/s of features on one core:",
                  published_table(results),
                  "The published PyTorch code itself, MNIST, m = 2048, measured beforehand on a "
                  "machine of this kind with both cores:",
                  table(["code", "rows/s", "accuracy"], PUBLISHED)]
    if points:
        parts += ["## Spectral guarantee",
                  "epsilon by m, mean over draws; slope of log epsilon against log m where "
                  "epsilon < 0.7 (law: -1/2). zonal tapers its series and polysketch fits a "
                  "polynomial, so their error against the kernel itself levels off; "
                  "zonal_sharp has the whole series up to degree 20 (digits: 6), polysketch_8 "
                  "degree 8.",
                  *spectral_tables(points), leverage_sentence(points)]
    summary = claims(results)
    if summary:
        parts += ["## Do the features beat a trained network, and Nystroem?", summary]
    return "\n\n".join(part for part in parts if part) + "\n"
