"""What learns from a table of table_data.py: ntk_train, and its rivals in Python.

A learner has fit(), which reads the training rows and ends when it can predict, and predict(),
which returns a number or the probabilities of all classes per row for testing. The rivals
have the rows in memory before they are asked to fit. Their columns are encoded as suits
them: categories stay categories where a library knows them, with the rare ones as missing values
where it knows but so many; otherwise one input per level.
"""
import functools
import json
import time

import numpy as np
import xgboost
from scipy.stats import loguniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import ParameterSampler, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import rivals
from database import query, records
from mixed_table import MIN_FREQUENCY, phases

MOST_LEVELS = 250   # of a category, in boosted trees
SEARCHED = 20       # settings at most, the defaults among them
FOLDS = 3
SEARCH_ROWS = 10000
MOST_TREES = 1000
DEFAULTS = {"early_stopping": "auto", "n_iter_no_change": 10}
SPACE = {"learning_rate": loguniform(0.02, 0.3), "max_leaf_nodes": [7, 15, 31, 63, 127],
         "min_samples_leaf": [5, 10, 20, 50], "l2_regularization": [0, 0.1, 1, 10],
         "early_stopping": [True]}


class Server:
    """ntk_train, with defaults or some params."""

    def __init__(self, table, params=None):
        self.table = table
        self.model = " ".join(map(str, (table.name, *(params or {}).values())))
        self.params = json.dumps(params or {})
        self.note = ""

    def fit(self):
        """Trains; keeps what the server tells."""
        self.note = query(f"SELECT format('metric: %s, lambda: %s', t.metric_value, t.lambda) "
                          f"FROM ntk_train('{self.model}', '{self.table.name}_train', "
                          f"'{self.table.target}', exclude => '{{id}}', params => '{self.params}') "
                          f"AS t")[0][0]

    def predict(self):
        """Row by row."""
        function = "ntk_proba" if self.table.classifies else "ntk_predict"
        found = records(f"SELECT {function}('{self.model}', t) FROM {self.table.name}_test AS t "
                        f"ORDER BY id")
        if not self.table.classifies:
            return np.array([row[0] for row in found], dtype=float)
        return np.array([[row[label] for label in self.table.classes]
                         for row in (json.loads(row[0]) for row in found)])


def times(values):
    """Numbers: seconds, the phases of day, week and year, and their positions on a circle."""
    columns = [np.where(np.isnat(values), np.nan,
                        (values - np.datetime64(0, "us")) / np.timedelta64(1, "s"))]
    for phase in phases(values):
        columns += [phase, np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)]
    return np.column_stack(columns)


def numbers(table, rows):
    """Of columns of numbers and of times, a matrix with NaN."""
    return np.column_stack([np.empty((len(next(iter(rows.values()))), 0)),
                            *(times(rows[column]) if kind == "time" else rows[column]
                              for column, kind in table.columns.items() if kind != "category")])


def categories(table, rows):
    """A matrix of texts."""
    return np.column_stack([np.empty((len(next(iter(rows.values()))), 0), object),
                            *(rows[column].astype(object)
                              for column, kind in table.columns.items() if kind == "category")])


class Codes:
    """Categories as numbers, NaN for missing, rare and unknown ones; after the other columns."""

    def fit(self, table, rows):
        """Learns the levels."""
        self.levels = []
        for column in categories(table, rows).T:
            levels, counts = np.unique(column[column != ""].astype(str), return_counts=True)
            levels = levels[np.argsort(-counts, kind="stable")][:MOST_LEVELS]
            self.levels.append({level: code for code, level in enumerate(levels)})
        return self

    def transform(self, table, rows):
        """Of any rows."""
        return np.column_stack([numbers(table, rows),
                                *([float(levels.get(text, np.nan)) for text in column]
                                  for levels, column in zip(self.levels,
                                                            categories(table, rows).T))])


class OneHot:
    """Standardised numbers with indicators of missing ones, and an input per level."""

    def fit(self, table, rows):
        """Learns means, deviations and levels."""
        self.numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
        self.levels = OneHotEncoder(min_frequency=MIN_FREQUENCY, sparse_output=False,
                                    handle_unknown="infrequent_if_exist")
        self.parts = [(part, values) for part, values in
                      ((self.numbers, numbers), (self.levels, categories))
                      if values(table, rows).shape[1]]
        for part, values in self.parts:
            part.fit(values(table, rows))
        return self

    def transform(self, table, rows):
        """Of any rows."""
        return np.hstack([part.transform(values(table, rows))
                          for part, values in self.parts]).astype(np.float32)


class Rival:
    """A learner of the interface of scikit-learn; make(x) creates it."""

    def __init__(self, table, encoding, make):
        self.table, self.encoding, self.make = table, encoding, make
        self.rows = {part: table.rows(part) for part in ("train", "test")}
        self.y = table.targets("train")
        self.note = ""

    def fit(self):
        """Encoding included."""
        self.encoding.fit(self.table, self.rows["train"])
        x = self.encoding.transform(self.table, self.rows["train"])
        self.learner = self.make(self, x)
        self.learner.fit(x, self.y)

    def predict(self):
        """Encoding included."""
        x = self.encoding.transform(self.table, self.rows["test"])
        return self.learner.predict_proba(x) if self.table.classifies else self.learner.predict(x)


def boosting(rival, x, **settings):
    """HistGradientBoosting, with defaults where nothing else is asked for."""
    first = x.shape[1] - len(rival.encoding.levels)
    return rivals.learner("HistGradientBoosting", rival.table.classifies,
                          {**DEFAULTS, "categorical_features": np.arange(x.shape[1]) >= first,
                           **settings})


def tuned(limit, rival, x):
    """The best of the settings that cross-validation gets through in so many seconds."""
    began, results = time.perf_counter(), []
    classes = len(rival.table.classes) if rival.table.classifies else 1
    trees_of_round = classes if classes > 2 else 1
    space = {**SPACE, "max_iter": [max(100, MOST_TREES // trees_of_round)]}
    rows = np.random.default_rng(0).permutation(len(x))[:SEARCH_ROWS]
    score = "neg_log_loss" if rival.table.classifies else "neg_mean_squared_error"
    for settings in ({}, *ParameterSampler(space, SEARCHED - 1, random_state=0)):
        learner = boosting(rival, x, **settings)
        results.append((cross_val_score(learner, x[rows], rival.y[rows], scoring=score,
                                        cv=FOLDS).mean(), len(results), settings))
        if time.perf_counter() - began > limit:
            break
    settings = max(results)[2]
    rival.note = f"{len(results)} settings: {settings or 'defaults'}"
    return boosting(rival, x, **settings)


def forest(cores, rival, _):
    """RandomForest on all cores."""
    return rivals.learner("RandomForest", rival.table.classifies, {"n_jobs": cores})


def network(rival, _):
    """A network, of a standardised target."""
    learner = rivals.learner("MLP", rival.table.classifies, {})
    if rival.table.classifies:
        return learner
    return TransformedTargetRegressor(learner, transformer=StandardScaler())


def trees(cores, rival, x):
    """xgboost with its own categories."""
    kind = xgboost.XGBClassifier if rival.table.classifies else xgboost.XGBRegressor
    levels = len(rival.encoding.levels)
    return kind(tree_method="hist", n_jobs=cores, random_state=0, enable_categorical=True,
                feature_types=["q"] * (x.shape[1] - levels) + ["c"] * levels)


def create(name, table, cores, limit):
    """A learner by its name."""
    if name == "ntk_train":
        return Server(table)
    encoding, make = {"HistGradientBoosting": (Codes, boosting),
                      "tuned": (Codes, functools.partial(tuned, limit)),
                      "RandomForest": (OneHot, functools.partial(forest, cores)),
                      "MLP": (OneHot, network),
                      "xgboost": (Codes, functools.partial(trees, cores))}[name]
    return Rival(table, encoding(), make)
