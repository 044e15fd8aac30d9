"""Masks of the optimisers in many digits, by formulae other than those of src/theory/methods: filters.json.

/usr/bin/python3 test/data/filters.py > test/data/filters.json    (about a minute, mpmath)

Stationary methods are powers of their 2x2 companion matrix. Nesterov's accelerated method and the nu-method walk step by
step in 400-bit fixed point up to T = 10^6; at 10^9 they are the terminating 2F1 summed in as many digits as it cancels,
or for integer orders the closed forms of Chebyshev's U and its derivative. Chebyshev's method is the quotient of cosh.
"""
import json
import sys
from mpmath import acosh, cosh, mp, mpf, sin, cos, acos, sqrt, asin

mp.dps = 90
STEPS = [0, 1, 2, 7, 57, 1000, 10**6, 10**9]
BITS = 400


def power(matrix, exponent):
    result = [[mpf(1), mpf(0)], [mpf(0), mpf(1)]]
    times = lambda a, b: [[a[i][0] * b[0][j] + a[i][1] * b[1][j] for j in (0, 1)] for i in (0, 1)]
    while exponent:
        if exponent & 1:
            result = times(result, matrix)
        matrix = times(matrix, matrix)
        exponent >>= 1
    return result


def companion(total, product, steps):
    """r_T of r_{t+1} = total r_t - product r_{t-1}, r_0 = r_{-1} = 1."""
    row = power([[total, -product], [mpf(1), mpf(0)]], steps)[0]
    return row[0] + row[1]


def fixed(value):
    return int(mp.nint(mpf(value) * mpf(2) ** BITS))


def walk(step, steps):
    residual = previous = 1 << BITS
    for t in range(1, steps + 1):
        residual, previous = step(t, residual, previous), residual
    return mpf(residual) / mpf(2) ** BITS


def gegenbauer(degree, order, sine_squared):
    """C_n^k(cos th)/C_n^k(1), or None where neither formula is affordable."""
    if sine_squared == 0:
        return mpf(1)
    angle = asin(sqrt(sine_squared))
    reach = degree * angle
    if order in (1, 2) and reach > 50:
        x, s = cos(angle), sin(angle)
        if order == 1:
            return sin((degree + 1) * angle) / s / (degree + 1)
        m = degree + 1  # C_n^2 = U'_{n+1}/2
        derivative = (x * sin((m + 1) * angle) / s - (m + 1) * cos((m + 1) * angle)) / (s * s)
        return derivative / 2 / (mpf(m) * (m + 1) * (m + 2) / 6)
    if reach > 1000:
        return None
    with mp.workdps(int(90 + reach)):
        argument, term, total, k = sin(angle / 2) ** 2, mpf(1), mpf(1), 0
        while k < degree and abs(term) > mpf(10) ** -90:
            term *= -argument * (degree - k) * (degree + 2 * order + k) / ((k + 1) * (order + mpf(1) / 2 + k))
            total += term
            k += 1
        return total


def gradient_descent(p, lam, T):
    return (1 - mpf(p["learningRate"]) * lam) ** T


def heavy_ball(p, lam, T):
    beta = mpf(p["momentum"])
    return companion(1 + beta - mpf(p["learningRate"]) * lam, beta, T)


def nesterov(p, lam, T):
    beta, x = mpf(p["momentum"]), 1 - mpf(p["learningRate"]) * lam
    return companion((1 + beta) * x, beta * x, T)


def accelerated(p, lam, T):
    b, gap = p["b"], mpf(p["learningRate"]) * lam
    if T <= 10**6:
        x = fixed(1 - gap)
        return walk(lambda t, r, q: (x * (r + (r - q) * (t - 1) // (t + b))) >> BITS, T)
    power = (1 - gap) ** (mpf(T) / 2)
    if power < mpf(10) ** -40:
        return mpf(0)
    factor = gegenbauer(T, mpf(b + 1) / 2, gap)
    return None if factor is None else power * factor


def nu_method(p, lam, T):
    nu, gap = mpf(p["nu"]), mpf(p["learningRate"]) * lam
    if T > 10**6:
        return gegenbauer(2 * T, 2 * nu, gap)
    n, d = p["nu"].as_integer_ratio()
    g = fixed(gap)

    def step(k, r, q):
        # All of numerator and denominator times d per factor that holds nu.
        if k == 1:
            return r - ((g * r * (4 * n + 2 * d) // (4 * n + d)) >> BITS)
        a, b, c = d * k + 2 * n - d, 2 * d * k + 4 * n - d, 2 * d * k + 2 * n - 3 * d
        e = 2 * d * k + 2 * n - d
        momentum = (r - q) * ((k - 1) * (2 * k - 3) * e * d * d) // (a * b * c)
        return r + momentum - ((g * r * (4 * e * (d * k + n - d)) // (a * b)) >> BITS)

    return walk(step, T)


def chebyshev(p, lam, T):
    a, c = mpf(p["lower"]), mpf(p["upper"])
    value = lambda z: cos(T * acos(z)) if abs(z) <= 1 else (mpf(-1) ** T if z < 0 else 1) * cosh(T * acosh(abs(z)))
    return value((c + a - 2 * lam) / (c - a)) / value((c + a) / (c - a))


def tikhonov(p, lam, T):
    mu = mpf(p["lambda"])
    return (mu / (lam + mu)) ** T


def preconditioned(p, lam, T):
    return (1 - mpf(p["learningRate"]) * lam / (lam + mpf(p["lambda"]))) ** T


def eigen_pro(p, lam, T):
    level = mpf(p["singularValues"][p["eigenvectors"]]) ** 2
    return (1 - mpf(p["learningRate"]) * min(lam, level)) ** T


def sgd(p, lam, T):
    return (1 - mpf(p["learningRate"]) * lam / p["samples"]) ** T


def short(x):
    return float("%.6g" % x)


ALL = [1e-12, 1e-8, 1e-5, 1e-3, 0.02, 0.3, 0.7, 1.0]


def spread(rate, extra=(), balls=()):
    """The singular values to take at each T: a few fixed, with rate*s^2*T near 1 and 10, and sqrt(rate)*s*T near `balls`."""

    def choose(index, T):
        some = [ALL[(index + 3 * j) % 8] for j in range(3)] + [1e-12] * (index % 3 == 0)
        if T > 2:
            some += [short((v / rate / T) ** 0.5) for v in (1, 10) if v / rate / T <= 1]
            some += [short(v / rate**0.5 / T) for v in balls if v / rate**0.5 / T <= 1]
        some += [extra[(index + j) % len(extra)] for j in range(min(3, len(extra)))]
        return sorted(set(some))

    return choose


CASES = [
    ("gradientDescent", gradient_descent, {"learningRate": 1.0}, spread(1)),
    ("gradientDescent", gradient_descent, {"learningRate": 1.9}, spread(1.9)),
    ("heavyBall", heavy_ball, {"learningRate": 1.0, "momentum": 0.9}, spread(1, (0.05131, 0.0513167, 0.0514, 0.06))),
    ("heavyBall", heavy_ball, {"learningRate": 3.7, "momentum": 0.9}, spread(3.7, (0.99, 1.012, 1.0128, 1.0131))),
    ("heavyBall", heavy_ball, {"learningRate": 1.0, "momentum": 0.9999}, spread(1, (4e-5, 5.00012e-5, 5.1e-5, 1e-4))),
    ("heavyBall", heavy_ball, {"learningRate": 0.5, "momentum": 0.25}, spread(0.5, (0.707107, 1.5, 2.1))),
    ("nesterov", nesterov, {"learningRate": 1.0, "momentum": 0.9}, spread(1, (0.0526315, 0.0526316, 0.053, 0.99))),
    ("nesterov", nesterov, {"learningRate": 1.3, "momentum": 0.9}, spread(1.3, (0.9, 1.01, 1.02))),
    ("nesterov", nesterov, {"learningRate": 1.0, "momentum": 0.9999}, spread(1, (4e-5, 5.00025e-5, 5.1e-5, 1e-4))),
    ("acceleratedNesterov", accelerated, {"learningRate": 1.0, "b": 2}, spread(1, (), (1, 5, 24, 31, 300))),
    ("acceleratedNesterov", accelerated, {"learningRate": 1.3, "b": 3}, spread(1.3, (0.9, 1.005, 1.012), (3, 40, 2e5))),
    ("acceleratedNesterov", accelerated, {"learningRate": 0.5, "b": 11}, spread(0.5, (), (2, 30, 60))),
    ("chebyshev", chebyshev, {"lower": 1e-6, "upper": 1.0}, spread(1, (9.99e-4, 1.001e-3, 0.99999, 1.0000004))),
    ("chebyshev", chebyshev, {"lower": 0.01, "upper": 2.0}, spread(1, (0.0999, 0.1001, 1.41, 1.4155))),
    ("chebyshev", chebyshev, {"lower": 1e-16, "upper": 1.0}, spread(1, (9e-9, 1.1e-8), (1, 10))),
    ("nuMethod", nu_method, {"learningRate": 1.0, "nu": 1.0}, spread(1, (), (1, 5, 14, 30, 1e5))),
    ("nuMethod", nu_method, {"learningRate": 1.0, "nu": 0.5}, spread(1, (0.999,), (1, 12, 14))),
    ("nuMethod", nu_method, {"learningRate": 0.25, "nu": 2.3}, spread(0.25, (1.7,), (2, 16, 20, 100))),
    ("iteratedTikhonov", tikhonov, {"lambda": 1e-3}, spread(1e3)),
    ("preconditioned", preconditioned, {"learningRate": 1.5, "lambda": 1e-4}, spread(1.5e4)),
    ("eigenPro", eigen_pro, {"learningRate": 60.0, "eigenvectors": 2, "singularValues": [1.0, 0.5, 0.15, 0.1]}, spread(60)),
    ("sgd", sgd, {"learningRate": 0.7, "samples": 16, "seed": 1}, spread(0.7 / 16)),
]

cases = []
for name, residual, parameters, choose in CASES:
    values = []
    for index, T in enumerate(STEPS):
        for s in choose(index, T):
            r = residual(parameters, mpf(s) ** 2, T)
            if r is not None:
                values.append([T, s, float(mp.nstr(1 - r, 17))])
    cases.append({"method": name, "parameters": parameters, "values": values})
    print(name, parameters, len(values), file=sys.stderr)
print("[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "]")
