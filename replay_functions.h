/* The functions of functions.py on doubles, line for line, for replay.c. */

#include <math.h>

/* The parts that several functions share, as functions.py and ieee.py have them. */

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
    return v > w ? 1.0 : v < w ? 0.0 : v == w ? 0.5 : NAN;
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
silu(double v, double *dx)
{
    if (fabs(v) > 800.0) {
        *dx = v > 0.0 ? 1.0 : -0.0;
        return v > 0.0 ? v : -0.0;
    }
    double s = sigmoid(v);
    if (!(v < 0.0)) {
        *dx = s * (1.0 + v * sigmoid(-v));
        return v * s;
    }
    double shift = v > -700.0 ? 0.0 : 512.0;
    double e = exp(v + shift);
    double d = (v - -1.2784645427610737) - -1.0946994183093437e-16;
    double slope = e * (d + 0.2784645427610738 * expm1(d)) / ((1.0 + e) * (1.0 + e));
    *dx = slope * exp(-shift);
    return v * e / (1.0 + e) * exp(-shift);
}

/* The normal distribution, as normal.py has it. */

#define PEAK 0.3989422804014327
#define ROOT (-0.7517915246935645)
#define ROOT_REST 1.4956759177009883e-17
static const double WIDTH = 0.6875, PI = 3.141592653589793;
static const double WEIGHTS[] = {
    0.20628318565997583,    0.12858544981520958,    0.0499629216055329,
    0.012101294283264364,   0.001827022170862571,   0.00017194272745034406,
    1.0086762709654263e-05, 3.6884830811670063e-07, 8.407595053826454e-09,
    1.1946034787801067e-10, 1.0580440834952082e-12, 5.841330103581187e-15,
    2.0102391887273573e-17,
};
static const double FACTORIAL[] = {
    1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0, 40320.0, 362880.0, 3628800.0, 39916800.0,
    479001600.0, 6227020800.0, 87178291200.0, 1307674368000.0, 20922789888000.0,
    355687428096000.0, 6402373705728000.0, 1.21645100408832e+17, 2.43290200817664e+18,
    5.109094217170944e+19, 1.1240007277776077e+21, 2.585201673888498e+22, 6.204484017332394e+23,
    1.5511210043330986e+25, 4.0329146112660565e+26, 1.0888869450418352e+28,
    3.0488834461171387e+29, 8.841761993739702e+30, 2.6525285981219107e+32,
};
#define TERMS 13
#define TAYLOR 30
static double squares[TERMS], taylor[TAYLOR];

static void
fill_normal(void)
{
    for (int n = 0; n < TERMS; n++) {
        squares[n] = pow((n + 0.5) * WIDTH, 2.0);
    }
    double phi[TAYLOR + 1] = {PEAK * exp(-ROOT * ROOT / 2.0)};
    phi[1] = -ROOT * phi[0];
    for (int n = 1; n < TAYLOR; n++) {
        phi[n + 1] = -ROOT * phi[n] - n * phi[n - 1];
    }
    for (int k = 1; k <= TAYLOR; k++) {
        taylor[k - 1] = (ROOT * phi[k] + (k + 1) * phi[k - 1]) / FACTORIAL[k - 1];
    }
}

static double
scaled_tail(double t)
{
    double tt = t * t, total = 0.0, pole = 2.0 * PI / WIDTH;
    for (int n = TERMS - 1; n >= 0; n--) {
        total += WEIGHTS[n] / (tt + squares[n]);
    }
    total *= t;
    return t < pole ? total + exp(tt / 2.0) / (1.0 + exp(pole * t)) : total;
}

static double
times_bell(double factor, double x)
{
    if (fabs(x) > 40.0) {
        return 0.0 * factor;
    }
    double head = x * 134217729.0;
    head -= head - x;
    double q = head * head / 2.0;
    factor += factor * expm1((head - x) * (head + x) / 2.0);
    return q < 512.0 ? factor * exp(-q) : factor * exp(512.0 - q) * exp(-512.0);
}

static double
normal_cdf(double x)
{
    if (x < -40.0) {
        return 0.0;
    }
    return x < 0.0 ? times_bell(scaled_tail(-x), x) : 0.5 + 0.5 * erf(x * sqrt(0.5));
}

static double
gelu(double x, double *dx)
{
    if (fabs(x) > 40.0) {
        *dx = x > 0.0 ? 1.0 : -0.0;
        return x > 0.0 ? x : -0.0;
    }
    if (!(x < 0.0)) {
        *dx = normal_cdf(x) + x * times_bell(PEAK, x);
        return x * normal_cdf(x);
    }
    double tail = scaled_tail(-x);
    if (!(-1.4 < x && x < -0.3)) {
        *dx = times_bell(tail + x * PEAK, x);
    } else {
        double d = (x - ROOT) - ROOT_REST, slope = 0.0;
        for (int k = TAYLOR - 1; k >= 0; k--) {
            slope = (slope + taylor[k]) * d;
        }
        *dx = slope;
    }
    return times_bell(x * tail, x);
}
