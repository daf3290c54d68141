#!/usr/bin/env python3
"""Writes ridge.json: small ridge regressions, solved without normal equations.

The weighted problem with an unpenalised intercept is a least-squares problem,

    [ sqrt(w)  sqrt(w) Z ] [ b ]     [ sqrt(w) Y ]
    [    0     sqrt(r) I ] [ W ]  ~  [     0     ]

with r = lambda * tr(G_c) / p, tr(G_c) = sum w |z - mean|^2. It is solved by an
orthogonal factorization (complete, from the singular values) of the matrix itself.
Needs numpy and scipy. Usage: ridge.py > ridge.json
"""
import json
import sys

import numpy as np
import scipy.linalg


def solve(z, y, w, lam):
    n, p = z.shape
    total = w.sum()
    centred = z - (w @ z) / total
    ridge = lam * float((w * (centred ** 2).sum(axis=1)).sum()) / p
    root = np.sqrt(w)[:, None]
    top = np.hstack([root, root * z])
    bottom = np.hstack([np.zeros((p, 1)), np.sqrt(ridge) * np.eye(p)])
    right = np.vstack([root * y, np.zeros((p, y.shape[1]))])
    solution = scipy.linalg.lstsq(np.vstack([top, bottom]), right, lapack_driver="gelsd")[0]
    intercept, weights = solution[0], solution[1:]
    residual = y - intercept - z @ weights
    mse = (w @ residual ** 2) / total
    return ridge, intercept, weights, mse


def make(rng, name, n, p, k, lam, weighted=True, shift=0.0, scale=None):
    z = np.round(rng.standard_normal((n, p)) + shift, 3)
    if scale is not None:
        z = z * np.asarray(scale)
    truth = rng.standard_normal((p, k))
    y = np.round(z @ truth / np.sqrt(p) + 2.0 + 0.3 * rng.standard_normal((n, k)), 3)
    w = np.round(rng.uniform(0.1, 3.0, n), 2) if weighted else np.ones(n)
    if weighted:
        w[n // 2] = 0.0
    ridge, intercept, weights, mse = solve(z, y, w, lam)
    return {
        "name": name, "n": n, "p": p, "k": k, "lambda": lam,
        "z": z.ravel().tolist(), "y": y.ravel().tolist(), "w": w.tolist(),
        "ridge": ridge, "intercept": intercept.tolist(),
        "weights": weights.T.ravel().tolist(), "mse": mse.tolist(),
    }


def main():
    rng = np.random.default_rng(20240229)
    cases = [
        make(rng, "weights, two targets", 40, 7, 2, 1e-2),
        make(rng, "heavy penalty", 40, 7, 2, 10.0),
        make(rng, "light penalty", 40, 7, 2, 1e-8),
        make(rng, "no penalty", 40, 7, 2, 0.0),
        make(rng, "no weights", 40, 7, 1, 1e-3, weighted=False),
        make(rng, "features far from zero", 40, 7, 1, 1e-3, shift=30.0),
        make(rng, "features of unlike size", 40, 4, 1, 1e-3, scale=[1, 100, 0.01, 1]),
        make(rng, "fewer rows than features", 12, 20, 3, 1e-2),
        make(rng, "two rows", 3, 5, 1, 0.1),
        make(rng, "one feature", 25, 1, 1, 1e-2),
        make(rng, "one feature, no penalty", 25, 1, 4, 0.0),
    ]
    text = ",\n".join(json.dumps(case) for case in cases)
    sys.stdout.write("[" + text + "]\n")


if __name__ == "__main__":
    main()
