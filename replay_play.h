/* How a tape is played, for replay.c: its rows front to back, and back again.
 *
 * What is done here, and in which order, is what the engine does, so the numbers are the engine's
 * to the last bit. An operation that is not known here is computed by the function that defines
 * it, in Python.
 */

#include "replay_functions.h"

/* The operations; NAMES has their names in the same order. */
enum {
    LEAF, ADD, SUB, MUL, DIV, NEG, POW, EXP, LOG, LOG1P, EXPM1, SQRT, SIN, COS, TAN, TANH, SIGMOID,
    SOFTPLUS, RELU, LEAKY_RELU, ELU, GELU, NORMAL_CDF, SILU, ABS, SIGN, STEP, MAXIMUM, MINIMUM,
    LOGADDEXP,
    KNOWN,
    MUL_LEFT = KNOWN, /* a · b where nothing asks for the gradient of b, as it is of an input */
    POW_NUMBER,       /* a ** b likewise */
    /* The first row and the last of a run that adds products to a sum, one by one. Those between
       them are used by the next only, and have no numbers of their own. */
    DOT, DOT_LEFT, /* in the row after it, a is the sum that there was, and b the row after the run */
    DOT_END, DOT_LEFT_END, /* a is the sum that there was, and b the first row of the run */
    CALLED /* and from here on those that Python computes: CALLED + 4 k + (which are constants) */
};
enum { A_IS_CONSTANT = 1, B_IS_CONSTANT = 2 };
static const char *const NAMES[] = {
    "", "+", "-", "*", "/", "neg", "**", "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos",
    "tan", "tanh", "sigmoid", "softplus", "relu", "leaky_relu", "elu", "gelu", "normal_cdf", "silu",
    "abs", "sign", "step", "maximum", "minimum", "logaddexp",
};

typedef struct {
    double *value;   /* of each row */
    double *partial; /* the derivatives of each row that is a function, one after the other */
} Lane;

typedef struct {
    PyObject_HEAD
    Py_ssize_t rows, parameters, inputs, roots, lanes, partials;
    uint16_t *code;
    int32_t *a, *b; /* the rows of the arguments; a row beyond the last where there is none */
    int32_t *input, *root;
    Lane *lane;
    PyObject *calls; /* a list of callables (x, z, which are constants) -> (y, da, db) */
    int playing;     /* in case a function that is called plays the same tape */
} Player;

/* y and its derivatives of one row, by the Python function that defines the operation. */
static int
call(Player *self, Py_ssize_t row, const double *value, double *y, double *p, double *q)
{
    int k = self->code[row] - CALLED;
    PyObject *answer = PyObject_CallFunction(PyList_GET_ITEM(self->calls, k / 4), "ddi",
                                             value[self->a[row]], value[self->b[row]], k % 4);
    if (answer == NULL) {
        return -1;
    }
    int fine = PyArg_ParseTuple(answer, "ddd", y, p, q);
    Py_DECREF(answer);
    return fine ? 0 : -1;
}

static int
play_forward(Player *self, Lane *lane)
{
    const uint16_t *code = self->code;
    const int32_t *a = self->a, *b = self->b;
    double *value = lane->value, *partial = lane->partial;
    for (Py_ssize_t i = self->parameters, n = self->rows; i < n; i++) {
        double x = value[a[i]], z = value[b[i]], y, e, q;
        uint16_t c = code[i];
        /* First what networks are made of: branches are guessed better than a switch's jump. */
        if (c == DOT || c == DOT_LEFT) {
            double sum = value[a[i + 1]];
            for (Py_ssize_t end = b[i + 1]; i < end; i += 2) {
                sum += value[a[i]] * value[b[i]];
            }
            value[--i] = sum;
            continue;
        }
        if (c == ADD) {
            value[i] = x + z;
            continue;
        }
        if (c == MUL || c == MUL_LEFT) {
            value[i] = x * z;
            continue;
        }
        switch (c) {
        case LEAF:
            continue;
        case SUB:
            value[i] = x - z;
            continue;
        case DIV:
            value[i] = divide(x, z);
            continue;
        case NEG:
            value[i] = -x;
            continue;
        case POW:
            y = power(x, z);
            *partial++ = power_dx(x, z);
            *partial++ = power_dn(x, z, y);
            break;
        case POW_NUMBER:
            y = power(x, z);
            *partial++ = power_dx(x, z);
            break;
        case EXP:
            *partial++ = y = exp(x);
            break;
        case LOG:
            y = ln(x);
            *partial++ = 1.0 / x;
            break;
        case LOG1P:
            y = x > -1.0 ? log1p(x) : x == -1.0 ? -INFINITY : NAN;
            *partial++ = 1.0 / (1.0 + x);
            break;
        case EXPM1:
            y = expm1(x);
            *partial++ = exp(x);
            break;
        case SQRT:
            y = x >= 0.0 ? sqrt(x) : NAN;
            *partial++ = 0.5 / y;
            break;
        case SIN:
            x = finite_or_nan(x);
            y = sin(x);
            *partial++ = cos(x);
            break;
        case COS:
            x = finite_or_nan(x);
            y = cos(x);
            *partial++ = -sin(x);
            break;
        case TAN:
            x = finite_or_nan(x);
            y = tan(x);
            *partial++ = 1.0 + y * y;
            break;
        case TANH:
            e = exp(-2.0 * fabs(x));
            y = tanh(x);
            *partial++ = 4.0 * e / ((1.0 + e) * (1.0 + e));
            break;
        case SIGMOID: /* whose own exponential is the same one */
            e = exp(-fabs(x));
            y = (x < 0.0 ? e : 1.0) / (1.0 + e);
            *partial++ = e / ((1.0 + e) * (1.0 + e));
            break;
        case SOFTPLUS:
            e = exp(-fabs(x));
            y = x > 0.0 ? x + log1p(e) : log1p(e);
            *partial++ = (x < 0.0 ? e : 1.0) / (1.0 + e);
            break;
        case RELU:
            y = x < 0.0 ? 0.0 : x;
            *partial++ = step(x);
            break;
        case LEAKY_RELU:
            y = x <= 0.0 ? z * x : x;
            *partial++ = x <= 0.0 ? z : step(x);
            break;
        case ELU:
            y = x <= 0.0 ? z * expm1(x) : x;
            *partial++ = x <= 0.0 ? z * exp(x) : step(x);
            break;
        case GELU:
            y = gelu(x, partial++);
            break;
        case NORMAL_CDF:
            y = normal_cdf(x, partial++);
            break;
        case SILU:
            y = silu(x, partial++);
            break;
        case ABS:
            y = fabs(x);
            *partial++ = sign(x);
            break;
        case SIGN:
            y = sign(x);
            *partial++ = 0.0;
            break;
        case STEP:
            y = step(x);
            *partial++ = 0.0;
            break;
        case MAXIMUM:
            y = x >= z || x != x ? x : z;
            *partial = share(x, z);
            partial[1] = 1.0 - *partial;
            partial += 2;
            break;
        case MINIMUM:
            y = x <= z || x != x ? x : z;
            *partial = share(z, x);
            partial[1] = 1.0 - *partial;
            partial += 2;
            break;
        case LOGADDEXP:
            y = logaddexp(x, z, partial, partial + 1);
            partial += 2;
            break;
        default:
            if (call(self, i, value, &y, partial, &q) < 0) {
                return -1;
            }
            partial[1] = q;
            partial += 2;
        }
        value[i] = y;
    }
    return 0;
}

/* How many derivatives a row leaves for the way back. */
static inline Py_ssize_t
partials_of(uint16_t code)
{
    switch (code) {
    case LEAF: case ADD: case SUB: case MUL: case MUL_LEFT: case DIV: case NEG:
    case DOT: case DOT_LEFT: case DOT_END: case DOT_LEFT_END:
        return 0;
    case POW: case MAXIMUM: case MINIMUM: case LOGADDEXP:
        return 2;
    default:
        return code < CALLED ? 1 : 2;
    }
}

static inline void
product_back(uint16_t code, int32_t a, int32_t b, double g, const double *value, double *grad)
{
    grad[a] += g * value[b];
    if (code == DOT_END) {
        grad[b] += g * value[a];
    }
}

static void
play_backward(Player *self, Lane *lane, Py_ssize_t last, double *grad)
{
    const uint16_t *code = self->code;
    const int32_t *a = self->a, *b = self->b;
    const double *value = lane->value, *partial = lane->partial + self->partials;
    for (Py_ssize_t i = self->rows - 1; i > last; i--) {
        partial -= partials_of(code[i]);
    }
    for (Py_ssize_t i = last, first = self->parameters; i >= first; i--) {
        double g = grad[i];
        uint16_t c = code[i];
        if (c == DOT_END || c == DOT_LEFT_END) {
            Py_ssize_t sum = a[i], start = b[i];
            g += 0.0; /* as each row's gradient begins with 0 */
            for (i--; i > start; i -= 2) {
                product_back(c, a[i], b[i], g, value, grad);
            }
            grad[sum] += g;
            product_back(c, a[i], b[i], g, value, grad);
            continue;
        }
        if (c == ADD) {
            grad[a[i]] += g;
            grad[b[i]] += g;
            continue;
        }
        if (c == MUL_LEFT) {
            grad[a[i]] += g * value[b[i]];
            continue;
        }
        if (c == MUL) {
            grad[a[i]] += g * value[b[i]];
            grad[b[i]] += g * value[a[i]];
            continue;
        }
        switch (c) {
        case LEAF:
            continue;
        case SUB:
            grad[a[i]] += g;
            grad[b[i]] += -g;
            continue;
        case DIV:
            grad[a[i]] += divide(g, value[b[i]]);
            grad[b[i]] += g * -divide(value[i], value[b[i]]);
            continue;
        case NEG:
            grad[a[i]] += -g;
            continue;
        case POW: case MAXIMUM: case MINIMUM: case LOGADDEXP:
        two:
            partial -= 2;
            grad[a[i]] += g * partial[0];
            grad[b[i]] += g * partial[1];
            continue;
        default:
            if (c >= CALLED) {
                goto two;
            }
            grad[a[i]] += g * *--partial;
        }
    }
}
