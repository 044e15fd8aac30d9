"""CGLS's mask in many digits, by its own steps on diag(sigma) w = c: cgls.json.

/usr/bin/python3 test/data/cgls.py > test/data/cgls.json    (a few seconds, mpmath)

1500 digits, because CGLS loses the spectrum's decades at each step: in 500 the last masks are wrong. The values of a case
are [T, sigma, mask], at some of its own sigma and at sigma that are none of them.
"""
import json
import math
from mpmath import mp, mpf

mp.dps = 1500


def residuals(nodes, weights, others, steps):
    """r_T at nodes, then at others, for T = 0 .. steps."""
    at = [mpf(s) ** 2 for s in nodes + others]
    weights = weights + [mpf(0)] * len(others)
    r = [mpf(1)] * len(at)
    p = r[:]
    gamma = sum(weights)
    out = [r]
    for _ in range(steps):
        alpha = gamma / sum(w * a * x**2 for w, a, x in zip(weights, at, p))
        r = [x - alpha * a * y for x, a, y in zip(r, at, p)]
        following = sum(w * x**2 for w, x in zip(weights, r))
        p = [x + following / gamma * y for x, y in zip(r, p)]
        gamma = following
        out.append(r)
    return out


def case(kind, count, decades):
    last = max(1, count - 1)
    sigma = {
        "logarithmic": lambda i: 10 ** (-decades * i / last),
        "power": lambda i: (i + 1) ** -decades,
        "pairs": lambda i: 1 / (1 + i // 2) + 1e-3 * (i % 2),
    }[kind]
    nodes = [float(sigma(i)) for i in range(count)]
    coefficients = [math.cos(i * i) / (1 + i % 3) for i in range(count)]
    weights = [(mpf(s) * mpf(c)) ** 2 for s, c in zip(nodes, coefficients)]
    others = [1.5, 0.3333, 1e-5, 1e-12]
    table = residuals(nodes, weights, others, count - 1)
    steps = sorted({t for t in (1, 2, 3, 5, 9, 17, count // 2, count - 2, count - 1) if 0 < t < count})
    picked = sorted({0, 1, 2, count // 4, count // 2, count - 2, count - 1} & set(range(count)))
    values = []
    for t in steps:
        for i in picked + list(range(count, count + len(others))):
            mask = 1 - table[t][i]
            if abs(mask) < 1e300:
                values.append([t, (nodes + others)[i], float(mask)])
    return {"kind": kind, "singularValues": nodes, "coefficients": coefficients, "values": values}


print(json.dumps([
    case("logarithmic", 2, 15.0),
    case("logarithmic", 24, 6.0),
    case("logarithmic", 40, 16.0),
    case("power", 40, 1.0),
    case("power", 30, 3.0),
    case("pairs", 20, 0.0),
]))
