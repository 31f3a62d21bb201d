/* The tape played again, in C: tinygrad_edu.arrays._replay, which tinygrad_edu/arrays/replay.py uses.
 *
 * `Player` holds a `Tape` and, for each lane, the numbers of its rows. A lane is one sample: all
 * lanes play the same tape on other numbers. What is done here, and in which order, is what the
 * engine does, so the numbers are the engine's to the last bit: the value of each row, front to
 * back, with its local derivatives; then the walk back that adds  g · da  and  g · db.
 *
 * The functions are those of functions.py, line for line. An operation that is not known here is
 * computed by the function that defines it, in Python.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* The operations; NAMES has their names in the same order. */
enum {
    LEAF, ADD, SUB, MUL, DIV, NEG, POW, EXP, LOG, LOG1P, EXPM1, SQRT, SIN, COS, TAN, TANH, SIGMOID,
    SOFTPLUS, RELU, LEAKY_RELU, ELU, GELU, NORMAL_CDF, SILU, ABS, MAXIMUM, MINIMUM, LOGADDEXP,
    KNOWN,
    MUL_LEFT = KNOWN, /* a · b where nothing asks for the gradient of b, as it is of an input */
    MUL_RIGHT,
    POW_NUMBER, /* a ** b likewise */
    CALLED /* and from here on those that Python computes: CALLED + 4 k + (which are constants) */
};
enum { A_IS_CONSTANT = 1, B_IS_CONSTANT = 2 };
static const char *const NAMES[] = {
    "", "+", "-", "*", "/", "neg", "**", "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos",
    "tan", "tanh", "sigmoid", "softplus", "relu", "leaky_relu", "elu", "gelu", "normal_cdf", "silu",
    "abs", "maximum", "minimum", "logaddexp",
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
    double *grad; /* of each row */
    Lane *lane;
    PyObject *calls; /* a list of callables (x, z, which are constants) -> (y, da, db) */
    int playing;     /* in case a function that is called plays the same tape */
} Player;

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
share(double v, double w)
{
    return v == w ? 0.5 : v < w ? 0.0 : 1.0;
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
static const double STEP = 0.6875, PI = 3.141592653589793;
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
        squares[n] = pow((n + 0.5) * STEP, 2.0);
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
    double tt = t * t, total = 0.0, pole = 2.0 * PI / STEP;
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
        case MUL_RIGHT:
            value[i] = x * z;
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
            *partial++ = x <= 0.0 ? 0.0 : 1.0;
            break;
        case LEAKY_RELU:
            y = x <= 0.0 ? z * x : x;
            *partial++ = x <= 0.0 ? z : 1.0;
            break;
        case ELU:
            y = x <= 0.0 ? z * expm1(x) : x;
            *partial++ = x <= 0.0 ? z * exp(x) : 1.0;
            break;
        case GELU:
            y = gelu(x, partial++);
            break;
        case NORMAL_CDF:
            y = normal_cdf(x);
            *partial++ = times_bell(PEAK, x);
            break;
        case SILU:
            y = silu(x, partial++);
            break;
        case ABS:
            y = fabs(x);
            *partial++ = x == 0.0 ? 0.0 : copysign(1.0, x);
            break;
        case MAXIMUM:
            y = x >= z || x != x ? x : z;
            *partial++ = share(x, z);
            *partial++ = share(z, x);
            break;
        case MINIMUM:
            y = x <= z || x != x ? x : z;
            *partial++ = share(z, x);
            *partial++ = share(x, z);
            break;
        case LOGADDEXP:
            if (x == z) {
                y = x + log(2.0);
                *partial++ = 0.5;
                *partial++ = 0.5;
            } else {
                y = (x > z ? x : z) + log1p(exp(-fabs(x - z)));
                *partial++ = sigmoid(x - z);
                *partial++ = sigmoid(z - x);
            }
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
    case LEAF: case ADD: case SUB: case MUL: case MUL_LEFT: case MUL_RIGHT: case DIV: case NEG:
        return 0;
    case POW: case MAXIMUM: case MINIMUM: case LOGADDEXP:
        return 2;
    default:
        return code < CALLED ? 1 : 2;
    }
}

static void
play_backward(Player *self, Lane *lane, Py_ssize_t last)
{
    const uint16_t *code = self->code;
    const int32_t *a = self->a, *b = self->b;
    const double *value = lane->value, *partial = lane->partial + self->partials;
    double *grad = self->grad;
    for (Py_ssize_t i = self->rows - 1; i > last; i--) {
        partial -= partials_of(code[i]);
    }
    for (Py_ssize_t i = last, first = self->parameters; i >= first; i--) {
        double g = grad[i];
        uint16_t c = code[i];
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
        case MUL_RIGHT:
            grad[b[i]] += g * value[a[i]];
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

/* The numbers of a Python buffer of doubles, which has to have `size` of them. */
static double *
doubles(PyObject *object, Py_buffer *view, Py_ssize_t size, int writable, const char *what)
{
    if (PyObject_GetBuffer(object, view, (writable ? PyBUF_WRITABLE : 0) | PyBUF_FORMAT) < 0) {
        return NULL;
    }
    if (view->itemsize != 8 || view->format == NULL || strcmp(view->format, "d") != 0 ||
        view->len != size * 8) {
        PyErr_Format(PyExc_ValueError, "%s are an array('d') of %zd numbers", what, size);
        PyBuffer_Release(view);
        return NULL;
    }
    return view->buf;
}

/* The memory of one more lane: `numbers` has those of the constants, and zeros. */
static int
add_lane(Player *self, const double *numbers)
{
    Lane *lanes = PyMem_Realloc(self->lane, (self->lanes + 1) * sizeof(Lane));
    if (lanes != NULL) {
        self->lane = lanes;
        Lane *lane = &lanes[self->lanes];
        lane->value = PyMem_Malloc((self->rows + 1) * sizeof(double));
        lane->partial = PyMem_Malloc((self->partials + 1) * sizeof(double));
        if (lane->value != NULL && lane->partial != NULL) {
            memcpy(lane->value, numbers, (self->rows + 1) * sizeof(double));
            self->lanes++;
            return 0;
        }
        PyMem_Free(lane->value);
        PyMem_Free(lane->partial);
    }
    PyErr_NoMemory();
    return -1;
}

/* A lane by its number; the one after the last is made, where `more` says so. */
static Lane *
lane_of(Player *self, Py_ssize_t lane, int more)
{
    if (lane < 0 || lane >= self->lanes + more) {
        PyErr_Format(PyExc_IndexError, "there are %zd lanes, and no lane %zd", self->lanes, lane);
        return NULL;
    }
    if (self->playing) {
        PyErr_SetString(PyExc_RuntimeError, "this tape is being played: record another one");
        return NULL;
    }
    /* (constants are the same in all lanes, and all else is computed anew) */
    if (lane == self->lanes && add_lane(self, self->lane[0].value) < 0) {
        return NULL;
    }
    return &self->lane[lane];
}

PyDoc_STRVAR(forward_doc,
             "forward(parameters, inputs, lane=0)\n--\n\n"
             "Compute every row from these numbers; return those of the roots.");

static PyObject *
forward(Player *self, PyObject *args)
{
    PyObject *parameters, *inputs, *roots = NULL;
    Py_ssize_t number = 0;
    if (!PyArg_ParseTuple(args, "OO|n", &parameters, &inputs, &number)) {
        return NULL;
    }
    Lane *lane = lane_of(self, number, 1);
    if (lane == NULL) {
        return NULL;
    }
    PyObject *numbers = PySequence_Fast(inputs, "inputs are a sequence of numbers");
    if (numbers == NULL) {
        return NULL;
    }
    Py_buffer view;
    if (PySequence_Fast_GET_SIZE(numbers) != self->inputs) {
        PyErr_Format(PyExc_ValueError, "inputs are %zd numbers, not %zd", self->inputs,
                     PySequence_Fast_GET_SIZE(numbers));
        goto done;
    }
    double *data = doubles(parameters, &view, self->parameters, 0, "parameters");
    if (data == NULL) {
        goto done;
    }
    memcpy(lane->value, data, self->parameters * sizeof(double));
    PyBuffer_Release(&view);
    for (Py_ssize_t i = 0; i < self->inputs; i++) {
        double x = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(numbers, i));
        if (x == -1.0 && PyErr_Occurred()) {
            goto done;
        }
        lane->value[self->input[i]] = x;
    }
    self->playing = 1;
    int failed = play_forward(self, lane);
    self->playing = 0;
    if (failed < 0) {
        goto done;
    }
    roots = PyList_New(self->roots);
    for (Py_ssize_t i = 0; roots != NULL && i < self->roots; i++) {
        PyObject *x = PyFloat_FromDouble(lane->value[self->root[i]]);
        if (x == NULL) {
            Py_CLEAR(roots);
            break;
        }
        PyList_SET_ITEM(roots, i, x);
    }
done:
    Py_DECREF(numbers);
    return roots;
}

PyDoc_STRVAR(backward_doc,
             "backward(seeds, totals, lane=0)\n--\n\n"
             "Add to `totals` the gradient of Σ seed · root by each parameter, as the lane has it.\n\n"
             "There is a seed for each of the first roots; the rows after those take no part.");

static PyObject *
backward(Player *self, PyObject *args)
{
    PyObject *seeds, *totals;
    Py_ssize_t number = 0;
    if (!PyArg_ParseTuple(args, "OO|n", &seeds, &totals, &number)) {
        return NULL;
    }
    Lane *lane = lane_of(self, number, 0);
    if (lane == NULL) {
        return NULL;
    }
    Py_buffer view;
    double *data = doubles(totals, &view, self->parameters, 1, "totals");
    if (data == NULL) {
        return NULL;
    }
    PyObject *numbers = PySequence_Fast(seeds, "seeds are a sequence of numbers");
    if (numbers == NULL) {
        PyBuffer_Release(&view);
        return NULL;
    }
    Py_ssize_t seeded = PySequence_Fast_GET_SIZE(numbers), last = -1;
    int fine = seeded <= self->roots;
    if (!fine) {
        PyErr_Format(PyExc_ValueError, "seeds are %zd numbers at most, not %zd", self->roots,
                     seeded);
    }
    double *grad = self->grad;
    Py_ssize_t size = self->parameters * sizeof(double);
    memcpy(grad, data, size);
    memset(grad + self->parameters, 0, (self->rows - self->parameters + 1) * sizeof(double));
    for (Py_ssize_t i = 0; fine && i < seeded; i++) {
        double seed = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(numbers, i));
        fine = seed != -1.0 || !PyErr_Occurred();
        grad[self->root[i]] += seed;
        last = self->root[i] > last ? self->root[i] : last;
    }
    if (fine) {
        play_backward(self, lane, last);
        memcpy(data, grad, size);
    }
    Py_DECREF(numbers);
    PyBuffer_Release(&view);
    return fine ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef player_methods[] = {
    {"forward", (PyCFunction)forward, METH_VARARGS, forward_doc},
    {"backward", (PyCFunction)backward, METH_VARARGS, backward_doc},
    {NULL, NULL, 0, NULL},
};

static void
player_free(Player *self)
{
    for (Py_ssize_t i = 0; self->lane != NULL && i < self->lanes; i++) {
        PyMem_Free(self->lane[i].value);
        PyMem_Free(self->lane[i].partial);
    }
    PyMem_Free(self->lane);
    PyMem_Free(self->code);
    PyMem_Free(self->a);
    PyMem_Free(self->b);
    PyMem_Free(self->input);
    PyMem_Free(self->root);
    PyMem_Free(self->grad);
    Py_XDECREF(self->calls);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The row numbers of a list, each below `rows`. */
static int32_t *
rows_of(PyObject *list, Py_ssize_t rows)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    int32_t *found = PyMem_Calloc(n + 1, sizeof(int32_t));
    for (Py_ssize_t i = 0; found != NULL && i < n; i++) {
        Py_ssize_t row = PyLong_AsSsize_t(PyList_GET_ITEM(list, i));
        if (row < 0 || row >= rows) {
            if (!PyErr_Occurred()) {
                PyErr_SetString(PyExc_ValueError, "this row is not in the tape");
            }
            PyMem_Free(found);
            return NULL;
        }
        found[i] = (int32_t)row;
    }
    return found;
}

/* The code with which a row is played: of a product or a power, one that leaves out what nobody
   asks for; `asked` says of each row before it whether it depends on a parameter. */
static uint16_t
played(uint16_t code, int called, const uint8_t *asked, const uint8_t *constant, int32_t a,
       int32_t b)
{
    if (called) {
        return code + (constant[a] ? A_IS_CONSTANT : 0) + (constant[b] ? B_IS_CONSTANT : 0);
    }
    if (code == MUL && !asked[b]) {
        return MUL_LEFT;
    }
    if (code == MUL && !asked[a]) {
        return MUL_RIGHT;
    }
    return code == POW && !asked[b] ? POW_NUMBER : code;
}

/* Enter the table of the tape: its columns, and for each of its operations the code here. */
static int
enter(Player *self, const uint16_t *codes, const int32_t *a, const int32_t *b,
      const uint8_t *constant, PyObject *kinds)
{
    Py_ssize_t n = self->rows, known = PyList_GET_SIZE(kinds);
    uint8_t *asked = PyMem_Calloc(n + 1, 1); /* and nobody asks for the row beyond */
    if (asked == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(asked, 1, self->parameters);
    for (Py_ssize_t i = 0; i < n; i++) {
        long kind = codes[i] < known ? PyLong_AsLong(PyList_GET_ITEM(kinds, codes[i])) : -1;
        int32_t left = a[i] < 0 ? (int32_t)n : a[i], right = b[i] < 0 ? (int32_t)n : b[i];
        if (kind < 0 || kind > UINT16_MAX - 3 || (kind && (a[i] >= i || b[i] >= i))) {
            PyErr_SetString(PyExc_ValueError, "this is not the table of a tape");
            PyMem_Free(asked);
            return -1;
        }
        self->a[i] = left;
        self->b[i] = right;
        if (kind) {
            asked[i] = asked[left] || asked[right];
            self->code[i] = played((uint16_t)kind, kind >= CALLED, asked, constant, left, right);
            self->partials += partials_of(self->code[i]);
        }
    }
    PyMem_Free(asked);
    return 0;
}

/* The first lane, with the constants in it. */
static int
first_lane(Player *self, PyObject *constants)
{
    double *numbers = PyMem_Calloc(self->rows + 1, sizeof(double));
    if (numbers == NULL) {
        return -1;
    }
    PyObject *row, *number;
    Py_ssize_t position = 0;
    while (PyDict_Next(constants, &position, &row, &number)) {
        numbers[PyLong_AsSsize_t(row)] = PyFloat_AS_DOUBLE(number);
    }
    int failed = add_lane(self, numbers);
    PyMem_Free(numbers);
    return failed;
}

static PyObject *
player_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(keywords))
{
    Py_buffer codes, a, b;
    PyObject *inputs, *constants, *roots, *kinds, *calls;
    Py_ssize_t parameters;
    if (!PyArg_ParseTuple(args, "y*y*y*nO!O!O!O!O!", &codes, &a, &b, &parameters, &PyList_Type,
                          &inputs, &PyDict_Type, &constants, &PyList_Type, &roots, &PyList_Type,
                          &kinds, &PyList_Type, &calls)) {
        return NULL;
    }
    Player *self = NULL;
    uint8_t *constant = NULL;
    Py_ssize_t n = codes.len / 2;
    if (a.len != n * 4 || b.len != n * 4 || parameters < 0 || parameters > n) {
        PyErr_SetString(PyExc_ValueError, "this is not the table of a tape");
        goto done;
    }
    self = (Player *)type->tp_alloc(type, 0);
    constant = PyMem_Calloc(n + 1, 1);
    if (self == NULL || constant == NULL) {
        goto failed;
    }
    self->rows = n;
    self->parameters = parameters;
    self->inputs = PyList_GET_SIZE(inputs);
    self->roots = PyList_GET_SIZE(roots);
    self->calls = Py_NewRef(calls);
    self->code = PyMem_Calloc(n + 1, sizeof(uint16_t));
    self->a = PyMem_Calloc(n + 1, sizeof(int32_t));
    self->b = PyMem_Calloc(n + 1, sizeof(int32_t));
    self->grad = PyMem_Calloc(n + 1, sizeof(double));
    self->input = rows_of(inputs, n);
    self->root = rows_of(roots, n);
    if (!self->code || !self->a || !self->b || !self->grad || !self->input || !self->root) {
        goto failed;
    }
    PyObject *row, *number;
    Py_ssize_t position = 0;
    while (PyDict_Next(constants, &position, &row, &number)) {
        Py_ssize_t i = PyLong_AsSsize_t(row);
        if (i < 0 || i >= n || !PyFloat_Check(number)) {
            PyErr_SetString(PyExc_ValueError, "constants are {row: float}");
            goto failed;
        }
        constant[i] = 1;
    }
    if (enter(self, codes.buf, a.buf, b.buf, constant, kinds) < 0 ||
        first_lane(self, constants) < 0) {
        goto failed;
    }
    goto done;
failed:
    if (!PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    Py_CLEAR(self);
done:
    PyMem_Free(constant);
    PyBuffer_Release(&codes);
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return (PyObject *)self;
}

static PyType_Slot player_slots[] = {
    {Py_tp_doc, "Player(codes, a, b, parameters, inputs, constants, roots, kinds, calls)"},
    {Py_tp_new, player_new},
    {Py_tp_dealloc, player_free},
    {Py_tp_methods, player_methods},
    {0, NULL},
};
static PyType_Spec player_spec = {
    .name = "tinygrad_edu.arrays._replay.Player",
    .basicsize = sizeof(Player),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = player_slots,
};

/* `Player`; `NAMES`, the names of the operations known here, in the order of their codes; and
   `CALLED`, the code of the first that is not. */
static int
fill_module(PyObject *module)
{
    fill_normal();
    PyObject *names = PyTuple_New(KNOWN);
    for (int i = 0; names != NULL && i < KNOWN; i++) {
        PyTuple_SET_ITEM(names, i, PyUnicode_FromString(NAMES[i]));
    }
    PyObject *player = PyType_FromSpec(&player_spec);
    int failed = names == NULL || player == NULL ||
                 PyModule_AddObjectRef(module, "NAMES", names) < 0 ||
                 PyModule_AddObjectRef(module, "Player", player) < 0 ||
                 PyModule_AddIntConstant(module, "CALLED", CALLED) < 0;
    Py_XDECREF(names);
    Py_XDECREF(player);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, fill_module},
    {0, NULL},
};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_replay",
    .m_doc = "Plays tapes in C.",
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__replay(void)
{
    return PyModuleDef_Init(&module);
}
