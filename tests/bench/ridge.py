"""Ridge regression from sums over blocks of rows, in double precision.

The same problem as the extension's: an unpenalised intercept, lambda relative to the mean
of the diagonal of the centred Gram matrix, chosen among decades on held-out rows.
"""
import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.linalg.blas import dsymm, dsyrk

EXPONENTS = range(-9, 0)
WIDE = 4096   # above, not every decade is tried


class Gram:
    """Sums over rows of features z and targets y; of z z' the lower triangle."""

    def __init__(self, width, targets):
        self.n = 0
        self.zz = np.zeros((width, width), order="F")
        self.z, self.y = np.zeros(width), np.zeros(targets)
        self.zy = np.zeros((width, targets))
        self.yy = np.zeros(targets)

    def update(self, z, y):
        """Adds a block of rows."""
        z = np.ascontiguousarray(z, dtype=float)
        self.n += len(z)
        self.zz = dsyrk(1.0, z.T, beta=1.0, c=self.zz, lower=1, overwrite_c=1)
        self.z += z.sum(axis=0)
        self.y += y.sum(axis=0)
        self.zy += z.T @ y
        self.yy += (y ** 2).sum(axis=0)

    def add(self, other):
        """Adds the rows of another."""
        self.n += other.n
        for name in ("zz", "z", "y", "zy", "yy"):
            getattr(self, name)[...] += getattr(other, name)

    def solve(self, exponent):
        """Weights and intercepts for lambda = 10^exponent."""
        a = self.zz - np.outer(self.z, self.z / self.n)
        diagonal = np.einsum("ii->i", a)
        diagonal += 10.0 ** exponent * diagonal.mean()
        b = self.zy - np.outer(self.z, self.y / self.n)
        weights = cho_solve(cho_factor(a, lower=True, overwrite_a=True, check_finite=False), b)
        return weights, (self.y - self.z @ weights) / self.n

    def mse(self, weights, intercept):
        """Mean squared error on these rows, summed over targets."""
        quadratic = (weights * dsymm(1.0, self.zz, weights, lower=1)).sum(axis=0)
        cross = self.yy - 2 * (weights * self.zy).sum(axis=0) + quadratic
        shift = intercept * (self.n * intercept - 2 * (self.y - self.z @ weights))
        return float((cross + shift).sum() / self.n)


def choose(fit, held_out, start=None):
    """(exponent, error) of the best decade on the held-out rows.

    For wide matrices downhill from start: the error falls with lambda and then rises.
    """
    def error(exponent):
        try:
            return held_out.mse(*fit.solve(exponent))
        except LinAlgError:
            return np.inf

    if len(fit.z) <= WIDE or start is None:
        errors = {exponent: error(exponent) for exponent in EXPONENTS}
        best = min(errors, key=errors.get)
        return best, errors[best]
    best, least = start, error(start)
    for step in (-1, 1):
        while best + step in EXPONENTS and (trial := error(best + step)) < least:
            best, least = best + step, trial
        if best != start:
            break
    return best, least
