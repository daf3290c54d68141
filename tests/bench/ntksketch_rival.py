"""NTKSketch, single shot, written from the paper as it stands (arXiv 2104.00415, 1909.01410).

The kernel of two unit vectors is a function Theta of their cosine. A polynomial with
non-negative coefficients a_l is fitted to it, and each power is sketched,

    z(x) = |x| G (+)_l sqrt(a_l) Q (x^(l times (x)) (x) e1^(q - l times (x))),

by one PolySketch Q of degree q: a balanced binary tree of TensorSRHTs over a base sketch of
every factor by an SRHT. G is a last SRHT to m features. All widths in between are m.

It is the published algorithm without the shortcuts of this extension's polysketch, which
shares leaves, drops the padding with e1 and the last G. Rows are worked on in blocks, as
columns, in single precision; a Hadamard transform is two products with small matrices.
"""
import functools

import numpy as np
import scipy.linalg
from scipy.optimize import nnls


def power_of_two(at_least):
    """The smallest one."""
    return 1 << (int(at_least) - 1).bit_length()


def theta(t, depth=1):
    """The neural tangent kernel of unit vectors of cosine t."""
    t = np.clip(t, -1, 1)
    sigma = total = t
    for _ in range(depth):
        angle = np.arccos(sigma)
        kappa0 = 1 - angle / np.pi
        sigma = (np.sqrt(1 - sigma ** 2) + sigma * (np.pi - angle)) / np.pi
        total = total * kappa0 + sigma
    return total


def coefficients(degree, depth=1, points=401):
    """Non-negative least squares fit of theta on a grid of cosines."""
    t = np.linspace(-1, 1, points)
    return nnls(np.vander(t, degree + 1, increasing=True), theta(t, depth))[0]


@functools.lru_cache
def hadamard(n):
    """The Hadamard matrix of order n."""
    return scipy.linalg.hadamard(n).astype(np.float32)


def transform(x):
    """The Hadamard matrix of order n = a b times columns x: H_n = H_a (x) H_b."""
    n, columns = x.shape
    a = 1 << (n.bit_length() - 1) // 2
    b = n // a
    outer = hadamard(a) @ x.reshape(a, b * columns)
    return (hadamard(b) @ outer.reshape(a, b, columns)).reshape(n, columns)


class SRHT:
    """x -> S H D x / sqrt(m): random signs D, Hadamard H, m coordinates S without repetition."""

    def __init__(self, rng, length, m):
        self.n = power_of_two(max(length, m))
        self.signs = rng.choice(np.array([-1, 1], np.float32), (self.n, 1))
        self.sample = rng.permutation(self.n)[:m]
        self.factor = np.float32(1 / np.sqrt(m))

    def __call__(self, x):
        padded = np.zeros((self.n, x.shape[1]), np.float32)
        np.multiply(x, self.signs[:len(x)], out=padded[:len(x)])
        return self.factor * transform(padded)[self.sample]


class TensorSRHT:
    """(u, v) -> S (H D1 u (x) H D2 v) / sqrt(m): S picks m of the n^2 coordinates."""

    def __init__(self, rng, n, m):
        self.signs = rng.choice(np.array([-1, 1], np.float32), (2, n, 1))
        self.sample = rng.integers(n, size=(2, m))
        self.factor = np.float32(1 / np.sqrt(m))

    def half(self, side, u):
        """The sampled coordinates of one factor."""
        return transform(u * self.signs[side])[self.sample[side]]

    def product(self, left, right):
        """Of two halves."""
        return self.factor * left * right


class NTKSketch:
    """Features of rows of length dim."""

    def __init__(self, dim, m, degree=4, depth=1, seed=0):
        rng = np.random.default_rng(seed)
        self.a = coefficients(degree, depth)
        self.degree = degree
        self.width = power_of_two(m)
        self.base = [SRHT(rng, dim, self.width) for _ in range(degree)]
        self.products = {}
        self._grow(rng, 0, degree)
        self.last = SRHT(rng, np.count_nonzero(self.a) * self.width, m)
        self.e1 = np.eye(dim, 1, dtype=np.float32)

    def _grow(self, rng, start, count):
        if count > 1:
            self.products[start, count] = TensorSRHT(rng, self.width, self.width)
            self._grow(rng, start, count // 2)
            self._grow(rng, start + count // 2, count - count // 2)

    def _node(self, done, start, count, power):
        """The node of these leaves, of which those before power hold x and the others e1."""
        filled = min(max(power - start, 0), count)
        key = start, count, filled
        if key not in done:
            if count == 1:
                done[key] = self.base[start](done["x"] if filled else self.e1)
            else:
                product, first = self.products[start, count], count // 2
                done[key] = product.product(
                    self._half(done, product, 0, start, first, power),
                    self._half(done, product, 1, start + first, count - first, power))
        return done[key]

    def _half(self, done, product, side, start, count, power):
        """One factor of a product, transformed: products of several powers share it."""
        key = start, count, min(max(power - start, 0), count), "transformed"
        if key not in done:
            done[key] = product.half(side, self._node(done, start, count, power))
        return done[key]

    def transform(self, x, block=64):
        """Features of rows."""
        return np.vstack([self._block(x[i:i + block]) for i in range(0, len(x), block)])

    def _block(self, x):
        x = np.asarray(x.T, np.float32, order="C")
        norm = np.linalg.norm(x, axis=0)
        done = {"x": x / np.where(norm > 0, norm, 1)}
        powers = [np.float32(np.sqrt(a)) * self._node(done, 0, self.degree, power)
                  for power, a in enumerate(self.a) if a > 0]
        whole = np.vstack([np.broadcast_to(p, (self.width, x.shape[1])) for p in powers])
        return (norm * self.last(whole)).T
