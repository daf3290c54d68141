"""Markdown of the records of tables.py."""
from report import seconds, table

TITLES = {"ntk_train": "`ntk_train`"}
DIGITS = {"accuracy": 4, "log_loss": 3, "ece": 3, "nmse": 3}


def line(record):
    """For who watches."""
    found = " ".join(f"{name} {record[name]:.4f}" for name in DIGITS
                     if record.get(name) is not None)
    name = record["learner"] + (f" {record['m']}" if record["m"] else "")
    return (f"{record['table']:18} {name:22} {found}, training {record['train_s']:.2f} s, "
            f"predictions {record['predict_s']:.2f} s  {record['note']}").rstrip()


def by_learner(records, kind, cell, lead):
    """A row per table, a column per learner; kind is the measure that a table must have."""
    here = [r for r in records if r.get(kind) is not None]
    learners = list(dict.fromkeys(r["learner"] for r in here))
    rows = []
    for name in dict.fromkeys(r["table"] for r in here):
        found = {r["learner"]: r for r in here if r["table"] == name}
        best = (max if kind == "accuracy" else min)(found.values(), key=lambda r: r[kind])
        rows.append([name, *lead(next(iter(found.values()))),
                     *(cell(found[learner], found[learner] is best and len(found) > 1)
                       if learner in found else "" for learner in learners)])
    return learners, rows


def measured(kind):
    """A cell with this measure; the best one is bold."""
    def cell(record, is_best):
        number = f"{record[kind]:.{DIGITS[kind]}f}"
        return f"**{number}**" if is_best else number
    return cell


def took(record, _):
    """Training, predictions."""
    return f"{seconds(record['train_s'])} / {seconds(record['predict_s'])}"


def nothing(_):
    """No further columns."""
    return ()


def shape(record):
    """Rows and classes."""
    return [f"{record['train_rows'] + record['test_rows']:,}", record["classes"] or ""]


def section(records, title, kind, cell, lead=nothing, names=()):
    """A title and its table, or nothing."""
    learners, rows = by_learner(records, kind, cell, lead)
    if not rows:
        return ""
    header = ["data", *names, *(TITLES.get(learner, learner) for learner in learners)]
    return f"{title}\n\n{table(header, rows)}"


def text(records):
    """The whole report, of the default sizes."""
    records = [{**r, "any": 0} for r in records if not r["m"]]
    counts = ("rows", "classes")
    parts = [
        section(records, "Accuracy on the rows for testing; the best is bold:", "accuracy",
                measured("accuracy"), shape, counts),
        section(records, "Log loss:", "log_loss", measured("log_loss")),
        section(records, "Expected calibration error of two classes, 15 bins of equal mass:", "ece",
                measured("ece")),
        section(records, "nmse:", "nmse", measured("nmse"),
                lambda record: shape(record)[:1], counts[:1]),
        section(records, "Seconds of training / of all predictions for testing:", "any", took),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def put(path, name, text):
    """Replaces what stands between the markers of this name in a page."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    page = path.read_text()
    head, rest = page.split(begin)
    path.write_text(head + begin + "\n" + text + "\n" + end + rest.split(end)[1])
