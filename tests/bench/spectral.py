"""The spectral guarantee: how close Z Z' is to the kernel matrix K of 1,000 rows.

Measured is the smallest epsilon with

    (1 - epsilon) (K + lambda I) <= Z Z' + lambda I <= (1 + epsilon) (K + lambda I)

in Loewner order: the largest |eigenvalue - 1| of W (Z Z' + lambda I) W, W the inverse root
of K + lambda I. lambda is a fixed share of the trace of K, which is its largest possible
eigenvalue; the statistical dimension tr K (K + lambda I)^-1 says how many directions count.
The law to show is epsilon ~ 1/sqrt(m) for features that are unbiased. The default zonal
map leaves out what m features cannot resolve, polysketch fits a polynomial: their error
against the kernel itself levels off. zonal_sharp has the whole series up to degree 20; on
digits to degree 6, for in 784 dimensions single features of high degrees are enormous.
"""
import numpy as np
from scipy.linalg import eigh, eigvalsh

from database import fetch, query

ROWS = 1000
SHARES = (1e-3, 1e-2)   # lambda / tr K
SIZES = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16000)
METHODS = ("zonal", "zonal_sharp", "random_features", "random_features_leverage", "polysketch",
           "polysketch_8", "polysketch_layered")
SETS = ("protein", "mnist")
CONVERGED = 0.7   # epsilon below which a slope is fitted: above, the law has not set in


def kernel(x):
    """The depth 1 kernel of rows."""
    norm = np.linalg.norm(x, axis=1)
    unit = x / norm[:, None]
    # half the chord is the sine of half the angle: exact where vectors nearly agree
    chord = np.array([np.linalg.norm(unit - row, axis=1) for row in unit])
    angle = 2 * np.arcsin(np.minimum(chord / 2, 1))
    t = np.cos(angle)
    theta = (np.sin(angle) + 2 * t * (np.pi - angle)) / np.pi
    return np.outer(norm, norm) * theta


class Problem:
    """K of a data set and the inverse roots of K + lambda I."""

    def __init__(self, name):
        self.name = name
        bias = "" if name == "mnist" else " || 1::real"
        x = fetch(f"SELECT x{bias} FROM {name} WHERE id <= {ROWS} ORDER BY id").astype(float)
        k = kernel(x)
        exact = [float(value) for value, in query(
            f"SELECT ntk_kernel(a.x{bias}, b.x{bias}) FROM {name} AS a, {name} AS b "
            f"WHERE a.id <= 5 AND b.id <= 5 ORDER BY a.id, b.id")]
        if not np.allclose(k[:5, :5].ravel(), exact, rtol=1e-6):
            raise AssertionError("ntk_kernel disagrees with the formula")
        values, vectors = eigh(k)
        values = np.maximum(values, 0)
        self.lambdas = [share * values.sum() for share in SHARES]
        self.dimensions = [float((values / (values + lam)).sum()) for lam in self.lambdas]
        self.roots = [(vectors / np.sqrt(values + lam)) @ vectors.T for lam in self.lambdas]

    def epsilons(self, method, m, seed):
        """One a lambda."""
        map_ = f"(SELECT bench_map('{self.name}', '{method}', {m}, {seed}))"
        z = fetch(f"SELECT ntk_sketch(x, {map_}) FROM {self.name} "
                  f"WHERE id <= {ROWS} ORDER BY id").astype(float)
        product = z @ z.T
        return [float(np.abs(eigvalsh(w @ (product + lam * np.eye(ROWS)) @ w) - 1).max())
                for w, lam in zip(self.roots, self.lambdas)]


def measure(name, method, seeds):
    """Records of a method: set, method, m, share, dimension, seeds, epsilon (mean), deviation."""
    problem = Problem(name)
    records = []
    for m in SIZES:
        drawn = np.array([problem.epsilons(method, m, seed) for seed in range(seeds)])
        for i, share in enumerate(SHARES):
            records.append({"set": name, "method": method, "m": m, "share": share,
                            "dimension": problem.dimensions[i], "seeds": seeds,
                            "epsilon": drawn[:, i].mean(), "deviation": drawn[:, i].std()})
    return records


def slope(sizes, epsilons):
    """Of log epsilon against log m where epsilon < CONVERGED; None without three points."""
    sizes, epsilons = np.array(sizes), np.array(epsilons)
    used = epsilons < CONVERGED
    if used.sum() < 3:
        return None
    return float(np.polyfit(np.log(sizes[used]), np.log(epsilons[used]), 1)[0])
