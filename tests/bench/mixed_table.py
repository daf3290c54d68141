"""The encoding of a table of mixed columns against scikit-learn's; started by bench-models.sh.

    mixed_table.py MODEL...

Encodes mixed_train and mixed_test anew, lets the server compute the features of the model's
map from that, and fits a ridge model to the same rows, with lambda from the same folds.
"""
import sys
import tempfile

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from database import fetch, query
from ridge import Gram

NUMBERS = ("area", "price", "rooms", "weight", "visits")
CATEGORIES = ("shop", "colour", "grade")
TIMES = ("sold",)
MIN_FREQUENCY = 5
EXPONENTS = range(-9, 2)
DAY = np.timedelta64(1, "D")


def read(table):
    """{column: values}: numbers with NaN, texts with "", times with NaT where NULL."""
    columns = [f"{name}::float8" for name in NUMBERS] + [*CATEGORIES, *TIMES]
    rows = np.array(query(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id"))
    data = dict(zip((*NUMBERS, *CATEGORIES, *TIMES), rows.T))
    for name in NUMBERS:
        data[name] = np.where(data[name] == "", "nan", data[name]).astype(float)
    for name in TIMES:
        data[name] = data[name].astype("datetime64[us]")
    return data


def phases(times):
    """Shares of the day, of the week from Sunday and of the year that have passed."""
    days, years = times.astype("datetime64[D]"), times.astype("datetime64[Y]")
    new_year, next_year = years.astype("datetime64[us]"), (years + 1).astype("datetime64[us]")
    yield (times - days) / DAY
    yield ((times - np.datetime64("2000-01-02")) / DAY % 7) / 7
    yield (times - new_year) / (next_year - new_year)


class Encoder:
    """Learned from one table, applied to any."""

    def __init__(self, data):
        self.scalers = {name: StandardScaler().fit(self._numbers(data, name))
                        for name in (*NUMBERS, *TIMES)}
        self.one_hot = {name: self._one_hot(data[name][data[name] != ""]) for name in CATEGORIES}

    @staticmethod
    def _numbers(data, name):
        """A column of numbers, or seconds."""
        values = data[name]
        if name in TIMES:
            values = np.where(np.isnat(values), np.nan,
                              (values - np.datetime64(0, "us")) / np.timedelta64(1, "s"))
        return values[:, None]

    @staticmethod
    def _one_hot(values):
        """With levels in the extension's order, the most frequent first."""
        levels, counts = np.unique(values.astype(object), return_counts=True)
        levels = levels[np.argsort(-counts, kind="stable")]
        return OneHotEncoder(categories=[levels], min_frequency=MIN_FREQUENCY,
                             handle_unknown="infrequent_if_exist",
                             sparse_output=False).fit(values.astype(object)[:, None])

    def __call__(self, data):
        blocks = []
        for name in (*NUMBERS, *CATEGORIES, *TIMES):
            if name in CATEGORIES:
                missing = data[name] == ""
                block = self.one_hot[name].transform(data[name].astype(object)[:, None])
            else:
                block = self.scalers[name].transform(self._numbers(data, name))
                missing = np.isnan(block[:, 0])
            if name in TIMES:
                angles = [2 * np.pi * phase for phase in phases(data[name])]
                block = np.column_stack([block, *(f(angle) for angle in angles
                                                  for f in (np.sin, np.cos))])
            block[missing] = 0
            blocks += [block, missing[:, None]]
        return np.hstack(blocks).astype(float)


def features(x, name):
    """The server's features of rows for the map of a model."""
    with tempfile.NamedTemporaryFile("w") as file:
        for i, row in enumerate(x):
            at = np.flatnonzero(row)
            indices, values = ",".join(map(str, at + 1)), ",".join(map(repr, row[at].tolist()))
            file.write(f"{i}\t{{{indices}}}\t{{{values}}}\n")
        file.flush()
        query("DROP TABLE IF EXISTS encoded")
        query("CREATE TABLE encoded (id int, at int[], x real[])")
        query(f"\\copy encoded FROM '{file.name}'")
    return fetch(f"SELECT ntk_sketch(e.at, e.x, v.map) "
                 f"FROM (SELECT * FROM encoded ORDER BY id) AS e, ntk_catalog_version AS v "
                 f"WHERE v.model = '{name}'").astype(float)


def choose(z, y, fold):
    """The exponent of the lambda with the least error over the folds, and the one for all."""
    grams = []
    for i in range(fold.max() + 1):
        grams.append(Gram(z.shape[1], 1))
        grams[i].update(z[fold == i], y[fold == i, None])
    errors = dict.fromkeys(EXPONENTS, 0.0)
    for held_out in grams:
        rest = Gram(z.shape[1], 1)
        for gram in grams:
            if gram is not held_out:
                rest.add(gram)
        for exponent in EXPONENTS:
            errors[exponent] += held_out.n * held_out.mse(*rest.solve(exponent))
    return min(errors, key=errors.get)


def main():
    """Prints a line for each model."""
    train, test = read("mixed_train"), read("mixed_test")
    encoder = Encoder(train)
    x, x_test = encoder(train), encoder(test)
    y, y_test = (np.array(query(f"SELECT y FROM {table} ORDER BY id"), dtype=float)[:, 0]
                 for table in ("mixed_train", "mixed_test"))
    features = query(f"SELECT string_agg(quote_ident(c), ', ') FROM ntk_catalog_model, unnest(split_by) AS c "
                     f"WHERE model = '{sys.argv[1]}'")[0][0]
    hashes = np.array(query(f"SELECT ntk_fold(f, 1000) FROM mixed_train CROSS JOIN LATERAL (SELECT {features}) AS f "
                            "ORDER BY id"), dtype=int)
    part = np.where(hashes < 100, -1, hashes % 5)[:, 0]   # -1: rows that the server held out
    ours = fetch(f"SELECT ntk_encode(t, v.encoding) FROM mixed_test AS t, ntk_catalog_version AS v "
                 f"WHERE v.model = '{sys.argv[1]}' ORDER BY t.id")
    if ours.shape != x_test.shape:
        sys.exit(f"the encoding has {ours.shape[1]} inputs, scikit-learn's {x_test.shape[1]}")
    print(f"{x.shape[1]} inputs; largest difference of one from scikit-learn's "
          f"{np.abs(ours - x_test).max():.1e}")
    print(f"{'':24} {'nmse':>8} {'sklearn':>8} {'ratio':>8} {'lambda':>8} {'sklearn':>8}")
    for name in sys.argv[1:]:
        z, z_test = np.split(features(np.vstack([x, x_test]), name), [len(x)])
        fit = part >= 0
        exponent = choose(z[fit], y[fit], part[fit])
        centred = z[fit] - z[fit].mean(axis=0)
        alpha = 10.0 ** exponent * (centred ** 2).sum() / z.shape[1]
        model = Ridge(alpha, solver="cholesky").fit(z[fit], y[fit])
        theirs = np.mean((model.predict(z_test) - y_test) ** 2) / y_test.var()
        nmse, chosen = map(float, query(
            f"SELECT avg((t.y - ntk_predict('{name}', t)) ^ 2) / var_pop(t.y), "
            f"(SELECT lambda FROM ntk_model_versions WHERE name = '{name}' AND deployed) "
            f"FROM mixed_test AS t")[0])
        print(f"{name:24} {nmse:8.4f} {theirs:8.4f} {nmse / theirs:8.4f} {chosen:8.0e} "
              f"{10.0 ** exponent:8.0e}")


if __name__ == "__main__":
    main()
