"""Rivals on the same rows: feature maps with ridge, and whole learners, of scikit-learn.

Settings are chosen on the same held-out rows as ours, lambda from the same decades; then
all training rows are fitted. A map's settings are searched as a whole at the smallest m;
at larger ones the best two go on, above TUNE_UP_TO the best one. Inputs are standardised
as ours. No constant coordinate: the Gaussian kernel does not see it, and the polynomial one
has coef0. One thread; features in single precision where scikit-learn has it.
"""
import itertools
import time

import numpy as np
import scipy.linalg
from sklearn.ensemble import (HistGradientBoostingClassifier, HistGradientBoostingRegressor,
                              RandomForestClassifier, RandomForestRegressor)
from sklearn.kernel_approximation import Nystroem, PolynomialCountSketch, RBFSampler
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neural_network import MLPClassifier, MLPRegressor

import ridge
from ntksketch_rival import NTKSketch

BLOCK = 2048
TUNE_UP_TO = 2048
GO_ON = 2

SIZES = {   # where affordable on a core
    "RBFSampler": lambda m: True,
    "Nystroem": lambda m: True,
    "PolynomialCountSketch": lambda m: m <= 2048,
}


class CholeskyNystroem:
    """Nystroem for many components, where scikit-learn's SVD would take many minutes.

    With K = L L' of the components, L^-1 k(x) has the same inner products as K^-1/2 k(x).
    """

    def __init__(self, n_components, gamma, random_state=0):
        self.n_components, self.gamma, self.random_state = n_components, gamma, random_state

    def fit(self, x):
        """Draws the components."""
        rows = np.random.RandomState(self.random_state).permutation(len(x))
        self.components = x[rows[:self.n_components]].astype(float)
        kernel = rbf_kernel(self.components, gamma=self.gamma)
        kernel[np.diag_indices_from(kernel)] += 1e-10
        self.root = scipy.linalg.cholesky(kernel, lower=True, overwrite_a=True,
                                          check_finite=False)
        return self

    def transform(self, x):
        """Features of rows."""
        kernel = rbf_kernel(x.astype(float), self.components, gamma=self.gamma)
        return scipy.linalg.solve_triangular(self.root, kernel.T, lower=True, overwrite_b=True,
                                             check_finite=False).T


def grid(method, split):
    """Settings to try; scales are relative to the data's."""
    x = split.x[split.train]
    square = float((x ** 2).sum(axis=1).mean())
    distance = 2 * (square - float((x.mean(axis=0) ** 2).sum()))
    if method == "NTKSketch":
        return [{"degree": 4}]
    if method == "PolynomialCountSketch":
        return [{"degree": degree, "gamma": scale / square, "coef0": 1}
                for degree, scale in itertools.product((2, 3, 4), (0.0625, 0.25, 1))]
    return [{"gamma": scale / distance} for scale in (0.125, 0.25, 0.5, 1, 2, 4, 8)]


def feature_map(method, m, dim, settings):
    """A map with fit and transform."""
    if method == "NTKSketch":
        return NTKSketch(dim, m, **settings)
    if method == "Nystroem" and m > TUNE_UP_TO:
        return CholeskyNystroem(m, **settings)
    maps = {"RBFSampler": RBFSampler, "Nystroem": Nystroem,
            "PolynomialCountSketch": PolynomialCountSketch}
    return maps[method](n_components=m, random_state=0, **settings)


def inputs(method, split):
    """NTKSketch is a network's kernel: it gets the bias that ours get."""
    if method == "NTKSketch" and not split.is_digits:
        return np.hstack([split.x, np.ones((len(split.x), 1), np.float32)])
    return split.x


class Trial:
    """One map with one setting: the statistics of the rows to fit on and those held out."""

    def __init__(self, method, m, x, split, settings, start=None):
        self.x, self.settings = x, settings
        began = time.perf_counter()
        self.map = feature_map(method, m, x.shape[1], settings)
        if hasattr(self.map, "fit"):
            self.map.fit(x[split.train])
        self.map_s = time.perf_counter() - began
        self.features_s = self.rows = 0
        began = time.perf_counter()
        self.fit, self.held_out = self.gram(split.fit, split, m), self.gram(split.choose, split, m)
        self.gram_s = time.perf_counter() - began   # features included
        began = time.perf_counter()
        self.exponent, self.error = ridge.choose(self.fit, self.held_out, start)
        self.choose_s = time.perf_counter() - began

    def features(self, rows):
        """Blocks of (rows, features), timed."""
        for i in range(0, len(rows), BLOCK):
            block = rows[i:i + BLOCK]
            began = time.perf_counter()
            z = self.map.transform(self.x[block])
            self.features_s += time.perf_counter() - began
            self.rows += len(block)
            yield block, z

    def gram(self, rows, split, m):
        """The statistic of rows."""
        sums = ridge.Gram(m, split.y.shape[1])
        for block, z in self.features(rows):
            sums.update(z, split.y[block])
        return sums

    def record(self, split):
        """Fits all training rows, tests."""
        began = time.perf_counter()
        self.fit.add(self.held_out)
        self.held_out = None
        weights, intercept = self.fit.solve(self.exponent)
        solve_s = time.perf_counter() - began
        prediction = np.vstack([z @ weights + intercept for _, z in self.features(split.test)])
        return {"features_us": 1e6 * self.features_s / self.rows, "map_s": self.map_s,
                "gram_s": self.gram_s, "choose_s": self.choose_s, "solve_s": solve_s,
                "exponent": self.exponent, "holdout": self.error,
                "error": split.error(prediction), "settings": self.settings}


def measure_map(method, split, m, earlier):
    """A record, and the trials as (settings, error, exponent) from best to worst.

    earlier: these trials at the next smaller m, if any.
    """
    began = time.perf_counter()
    x = inputs(method, split)
    start = None
    candidates = grid(method, split)
    if earlier:
        candidates = [settings for settings, _, _ in earlier]
        candidates = candidates[:GO_ON if m <= TUNE_UP_TO else 1]
        start = earlier[0][2]
    best, trials = None, []
    for settings in candidates:
        trial = Trial(method, m, x, split, settings, start)
        trials.append((settings, trial.error, trial.exponent))
        if best is None or trial.error < best.error:
            best = trial
    trials.sort(key=lambda trial: trial[1])
    record = best.record(split)
    record["tune_s"] = time.perf_counter() - began
    return record, trials


def learner(method, classifies, settings):
    """A learner of scikit-learn; settings come before those that are usual here."""
    if method == "MLP":
        kind = MLPClassifier if classifies else MLPRegressor
        return kind((256, 256), **{"early_stopping": True, "max_iter": 200, "n_iter_no_change": 10,
                                   "random_state": 0, **settings})
    if method == "HistGradientBoosting":
        kind = HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor
        return kind(**{"early_stopping": True, "n_iter_no_change": 20, "random_state": 0,
                       **settings})
    kind = RandomForestClassifier if classifies else RandomForestRegressor
    return kind(**{"random_state": 0, "n_jobs": 1, **settings})


def learner_grid(method, split):
    """Settings to try; digits are expensive and well known."""
    if method == "MLP":
        return [{"alpha": alpha} for alpha in ((1e-4,) if split.is_digits else (1e-4, 1e-2))]
    if method == "HistGradientBoosting":
        if split.is_digits:
            return [{"max_iter": 40, "learning_rate": 0.25, "max_bins": 63}]
        return [{"max_iter": 1000, "learning_rate": 0.1, "max_leaf_nodes": leaves}
                for leaves in (31, 127)]
    if split.is_digits:
        return [{"n_estimators": 100}]
    return [{"n_estimators": 100, "max_features": share} for share in (0.33, 1.0)]


def measure_learner(method, split):
    """A record; train_s is the fit of all training rows with the settings chosen."""
    def target(rows):
        y = split.y[rows]
        return y.argmax(axis=1) if split.is_digits else y[:, 0]

    def prediction(model, rows):
        if split.is_digits:
            return model.predict_proba(split.x[rows])
        return model.predict(split.x[rows])[:, None]

    began = time.perf_counter()
    candidates = learner_grid(method, split)
    errors = [0.0]
    if len(candidates) > 1:
        errors = []
        for settings in candidates:
            model = learner(method, split.is_digits, settings)
            model.fit(split.x[split.fit], target(split.fit))
            difference = prediction(model, split.choose) - split.y[split.choose]
            errors.append(float((difference ** 2).sum(axis=1).mean()))
    best = candidates[int(np.argmin(errors))]
    started = time.perf_counter()
    model = learner(method, split.is_digits, best).fit(split.x[split.train], target(split.train))
    train_s = time.perf_counter() - started
    error = split.error(prediction(model, split.test))
    return {"train_s": train_s, "tune_s": time.perf_counter() - began, "error": error,
            "holdout": min(errors), "settings": best}
