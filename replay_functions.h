/* What functions.py, accurate.py and ieee.py compute, on doubles and line for line, for replay.c. */

#include <math.h>

/* The parts that several functions share, as the Python has them. */

static inline double
sigmoid(double v)
{
    if (v < 0.0) {
        double e = exp(v);
        return e / (1.0 + e);
    }
    return 1.0 / (1.0 + exp(-v));
}

static inline double
sign(double v)
{
    return v > 0.0 ? 1.0 : v < 0.0 ? -1.0 : v * v;
}

static inline double
step(double v)
{
    return v > 0.0 ? 1.0 : v <= 0.0 ? 0.0 : v;
}

static inline double
share(double v, double w)
{
    if (v != v || w != w) { /* first, as functions.py says */
        return NAN;
    }
    return v > w ? 1.0 : v < w ? 0.0 : 0.5;
}

static double
ln(double x)
{
    return x > 0.0 ? log(x) : x == 0.0 ? -INFINITY : NAN;
}

/* Where Python has its one nan, C has nans of either sign, which |x|'s derivative would tell. */

static inline double
divide(double x, double y)
{
    return y == 0.0 && (x == 0.0 || x != x) ? NAN : x / y;
}

static inline double
power(double x, double n)
{
    if (n == 2.0) {
        return x * x;
    }
    if (n == 1.0) {
        return x;
    }
    double y = pow(x, n);
    return y != y && x == x && n == n ? NAN : y;
}

static inline double
finite_or_nan(double x)
{
    return fabs(x) < INFINITY ? x : NAN;
}

static double
times_power(double c, double x, double n, double y)
{
    if (y == 0.0 && isinf(c)) {
        return 0.0;
    }
    int held = 2.2250738585072014e-308 <= fabs(y) && fabs(y) < INFINITY;
    if (held || x == 0.0 || isinf(x) || isinf(n) || y != y) {
        return c * y;
    }
    double root = power(fabs(x), n / 2.0);
    return c * root * copysign(root, y);
}

static double
power_dx(double x, double n)
{
    if (n == 2.0 && 2.2250738585072014e-308 <= fabs(x) && fabs(x) < INFINITY) {
        return 2.0 * x; /* as below, which most powers need not go through */
    }
    if (n == 0.0) {
        return 0.0;
    }
    double m = n - 1.0;
    double slope = times_power(n, x, m, power(x, m));
    double lost = n - (m + 1.0);
    if (lost * lost > 0.0 && 0.0 < x && x < INFINITY) {
        return slope * (1.0 + lost * log(x));
    }
    return slope;
}

static double
power_dn(double x, double n, double y)
{
    return x == 0.0 && n >= 0.0 ? 0.0 : times_power(ln(x), x, n, y);
}

static double
silu(double x, double *dx)
{
    double t = fabs(x) > 1500.0 ? 1500.0 : fabs(x);
    double root = exp(t / -2.0);
    double s = 1.0 / (1.0 + root * root);
    if (x < 0.0) {
        *dx = (1.0 - t * s) * root * s * root;
        return -t * root * s * root;
    }
    *dx = s * (1.0 + t * root * s * root);
    return x * s;
}

static double
logaddexp(double a, double b, double *da, double *db)
{
    if (a == b) {
        *da = *db = 0.5;
        return a + log(2.0);
    }
    double d = a - b, back = d - a;
    double rest = fabs(d) < INFINITY ? (a - (d - back)) - (b + back) : 0.0;
    if (d > 0.0) {
        double e = exp(-d) * (1.0 - rest);
        *da = 1.0 / (1.0 + e);
        *db = e / (1.0 + e);
        return a + log1p(e);
    }
    double e = exp(d) * (1.0 + rest);
    *da = e / (1.0 + e);
    *db = 1.0 / (1.0 + e);
    return b + log1p(e);
}

/* The normal distribution. */

#define PEAK 0.3989422804014327
static const double WIDTH = 0.6875, PI = 3.141592653589793;
static const double WEIGHTS[] = {
    0.20628318565997583,    0.12858544981520958,    0.0499629216055329,
    0.012101294283264364,   0.001827022170862571,   0.00017194272745034406,
    1.0086762709654263e-05, 3.6884830811670063e-07, 8.407595053826454e-09,
    1.1946034787801067e-10, 1.0580440834952082e-12, 5.841330103581187e-15,
    2.0102391887273573e-17,
};
#define TERMS 13
static double squares[TERMS];

static void
fill_normal(void)
{
    for (int n = 0; n < TERMS; n++) {
        squares[n] = pow((n + 0.5) * WIDTH, 2.0);
    }
}

static double
scaled_tail(double t)
{
    double tt = t * t, total = 0.0, pole = 2.0 * PI / WIDTH, term[TERMS];
    for (int n = 0; n < TERMS; n++) { /* apart from their sum, so that several are divided at once */
        term[n] = WEIGHTS[n] / (tt + squares[n]);
    }
    for (int n = TERMS - 1; n >= 0; n--) {
        total += term[n];
    }
    total *= t;
    return t < pole ? total + exp(tt / 2.0) / (1.0 + exp(pole * t)) : total;
}

/* What bell() in accurate.py has of x alone: an exponential in two factors, and what is lost in it. */
typedef struct {
    double lost, first, second;
} Bell;

static Bell
bell_at(double x)
{
    double head = x * 134217729.0;
    head -= head - x;
    double lost = expm1((head - x) * (head + x) * 0.5), q = head * head * 0.5;
    if (q < 512.0) {
        return (Bell){lost, exp(-q), 1.0};
    }
    return (Bell){lost, exp(512.0 - q), exp(-512.0)};
}

static inline double
times_bell(double factor, Bell bell)
{
    return (factor + factor * bell.lost) * bell.first * bell.second;
}

static double
normal_cdf(double x, double *dx)
{
    if (fabs(x) > 40.0) {
        *dx = 0.0;
        return x < 0.0 ? 0.0 : 1.0;
    }
    Bell bell = bell_at(x);
    *dx = times_bell(PEAK, bell);
    return x < 0.0 ? times_bell(scaled_tail(-x), bell) : 0.5 + 0.5 * erf(x * sqrt(0.5));
}

static double
gelu(double x, double *dx)
{
    if (fabs(x) > 40.0) {
        *dx = x > 0.0 ? 1.0 : -0.0;
        return x > 0.0 ? x : -0.0;
    }
    if (x < 0.0) {
        Bell bell = bell_at(x);
        double tail = scaled_tail(-x);
        *dx = times_bell(tail + x * PEAK, bell);
        return times_bell(x * tail, bell);
    }
    double slope, cdf = normal_cdf(x, &slope);
    *dx = cdf + x * slope;
    return x * cdf;
}
