/*
 * Singular values of activation matrices in __float128 (113 bits), by one-sided Jacobi; makes extended-spectra.json.
 * Build and run: gcc -O3 -o extended-spectra extended-spectra.c -lquadmath -lm && ./extended-spectra > extended-spectra.json
 * Samples (n + 1)/N - 2^-40 and biases m/N, as offsetSamples and offsetBiases make them; Gaussian exp(-z^2/2), exact GELU,
 * sinc sin(pi z)/(pi z).
 */
#include <quadmath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef __float128 real;

static real activation(const char *name, real z) {
  if (!strcmp(name, "relu2")) return z > 0 ? z * z : 0;
  if (!strcmp(name, "tanh")) return tanhq(z);
  if (!strcmp(name, "silu")) return z / (1 + expq(-z));
  if (!strcmp(name, "sinc")) return z == 0 ? 1 : sinq(M_PIq * z) / (M_PIq * z);
  if (!strcmp(name, "gelu")) return z / 2 * erfcq(-z / sqrtq(2));
  return expq(-z * z / 2);
}

static int descending(const void *a, const void *b) {
  return (*(const real *)a < *(const real *)b) - (*(const real *)a > *(const real *)b);
}

static void spectrum(const char *name, int n, real scale, int last) {
  real *a = malloc(sizeof(real) * n * n), *sigma = malloc(sizeof(real) * n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      a[i * n + j] = activation(name, scale * ((real)(double)((i + 1.0) / n - 0x1p-40) - (real)(double)((double)j / n)));
  for (int turned = 1; turned;) {
    turned = 0;
    for (int p = 0; p < n; p++)
      for (int q = p + 1; q < n; q++) {
        real *x = a + p * n, *y = a + q * n, xx = 0, yy = 0, xy = 0;
        for (int k = 0; k < n; k++) xx += x[k] * x[k], yy += y[k] * y[k], xy += x[k] * y[k];
        if (fabsq(xy) <= 1e-28Q * sqrtq(xx) * sqrtq(yy) && xx >= yy) continue;
        turned = 1;
        real zeta = (yy - xx) / (2 * xy), t = 1 / (fabsq(zeta) + sqrtq(1 + zeta * zeta));
        if (xy == 0) t = 0;
        if (zeta < 0) t = -t;
        real c = 1 / sqrtq(1 + t * t), s = c * t;
        for (int k = 0; k < n; k++) {
          real u = c * x[k] - s * y[k], v = s * x[k] + c * y[k];
          x[k] = xx >= yy ? u : v;
          y[k] = xx >= yy ? v : u;
        }
      }
  }
  for (int i = 0; i < n; i++) {
    sigma[i] = 0;
    for (int k = 0; k < n; k++) sigma[i] += a[i * n + k] * a[i * n + k];
    sigma[i] = sqrtq(sigma[i]);
  }
  qsort(sigma, n, sizeof(real), descending);
  printf("  \"%s %d\": [", name, n);
  for (int i = 0; i < n; i++) printf("%s%.17g", i ? ", " : "", (double)sigma[i]);
  printf(last ? "]\n" : "],\n");
}

int main(void) {
  printf("{\n");
  spectrum("tanh", 64, 10, 0);
  spectrum("gelu", 64, 10, 0);
  spectrum("gaussian", 64, 10, 0);
  spectrum("sinc", 48, 24, 0);
  spectrum("silu", 48, 10, 0);
  spectrum("gaussian", 48, 12, 0);
  spectrum("relu2", 256, 1, 0);
  spectrum("relu2", 512, 1, 1);
  printf("}\n");
}
