"""Right values of ridge.test.ts: λ by GCV, by leaving one out and by the discrepancy principle, from hat matrices.

python3 test/data/ridge.py > test/data/ridge.json     (numpy and scipy)

Each problem is solved without an SVD: H = A (AᵀA + λ)⁻¹ Aᵀ, leave-one-out by N regressions on N − 1 samples each.
"""

import json

import numpy as np
from scipy.optimize import brentq, minimize_scalar


def hat(A, lam):
    return A @ np.linalg.solve(A.T @ A + lam * np.eye(A.shape[1]), A.T)


def gcv(A, y, lam):
    rest = np.eye(len(y)) - hat(A, lam)
    return len(y) * np.sum((rest @ y) ** 2) / np.trace(rest) ** 2


def left_out(A, y, lam):
    total = 0.0
    for i in range(len(y)):
        others = np.arange(len(y)) != i
        B, z = A[others], y[others]
        w = np.linalg.solve(B.T @ B + lam * np.eye(A.shape[1]), B.T @ z)
        total += (y[i] - A[i] @ w) ** 2
    return total / len(y)


def least(score, low, high):
    grid = np.linspace(np.log(low), np.log(high), 400)
    best = min(range(1, 399), key=lambda i: score(np.exp(grid[i])))
    found = minimize_scalar(
        lambda t: score(np.exp(t)), bounds=(grid[best - 1], grid[best + 1]), method="bounded", options={"xatol": 1e-9}
    )
    return float(np.exp(found.x))


def problem(seed, n, m, decay, noise):
    random = np.random.default_rng(seed)
    U, _ = np.linalg.qr(random.standard_normal((n, m)))
    V, _ = np.linalg.qr(random.standard_normal((m, m)))
    sigma = np.arange(1, m + 1.0) ** -decay
    A = np.round((U * sigma) @ V.T, 12)
    y = np.round(A @ random.standard_normal(m) + noise * random.standard_normal(n), 12)
    s = np.linalg.svd(A, compute_uv=False)
    low, high = s[-1] ** 2 / 1e3, 1e3 * s[0] ** 2
    tau = 1.01
    missing = lambda t: np.linalg.norm(y - hat(A, np.exp(t)) @ y) - tau * np.sqrt(n) * noise
    return {
        "rows": n,
        "cols": m,
        "noise": noise,
        "A": A.ravel().tolist(),
        "y": y.tolist(),
        "gcv": least(lambda lam: gcv(A, y, lam), low, high),
        "loo": least(lambda lam: left_out(A, y, lam), low, high),
        "discrepancy": float(np.exp(brentq(missing, np.log(low), np.log(high), xtol=1e-13))),
    }


print(json.dumps([problem(1, 24, 8, 1, 0.05), problem(2, 30, 12, 2, 0.01), problem(3, 16, 6, 0.5, 0.2)]))
