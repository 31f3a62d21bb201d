/* How a player is made of the table of a tape, for replay.c. */

#include "replay_play.h"

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
        if (kind == MUL && !asked[left]) { /* that on the right may be asked for */
            int32_t other = left;
            left = right;
            right = other;
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

/* How many rows from `i` on are products, and after each its sum with those before it. */
static Py_ssize_t
run_from(const Player *self, Py_ssize_t i, const uint8_t *used)
{
    Py_ssize_t product = i, before = self->a[i + 1];
    while (product + 1 < self->rows && self->code[product] == self->code[i] &&
           self->code[product + 1] == ADD && self->a[product + 1] == before &&
           self->b[product + 1] == product && used[product] == 1 &&
           (product == i || used[before] == 1)) {
        before = product + 1;
        product += 2;
    }
    return product - i;
}

/* Find the runs of products that are added to a sum, which are played as one. */
static int
find_runs(Player *self)
{
    uint8_t *used = PyMem_Calloc(self->rows + 1, 1); /* how often: 0, 1, or 2 for more */
    if (used == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < self->rows; i++) {
        used[self->a[i]] += used[self->a[i]] < 2;
        used[self->b[i]] += used[self->b[i]] < 2;
    }
    for (Py_ssize_t i = 0; i < self->roots; i++) {
        used[self->root[i]] = 2;
    }
    for (Py_ssize_t i = self->parameters; i < self->rows; i++) {
        uint16_t code = self->code[i];
        Py_ssize_t n = code == MUL || code == MUL_LEFT ? run_from(self, i, used) : 0;
        if (n < 4) { /* (one product needs both of its rows) */
            continue;
        }
        Py_ssize_t last = i + n - 1;
        self->code[i] = code == MUL ? DOT : DOT_LEFT;
        self->code[last] = code == MUL ? DOT_END : DOT_LEFT_END;
        self->a[last] = self->a[i + 1];
        self->b[i + 1] = (int32_t)(last + 1);
        self->b[last] = (int32_t)i;
        i = last;
    }
    PyMem_Free(used);
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
    self->input = rows_of(inputs, n);
    self->root = rows_of(roots, n);
    if (!self->code || !self->a || !self->b || !self->input || !self->root) {
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
    if (enter(self, codes.buf, a.buf, b.buf, constant, kinds) < 0 || find_runs(self) < 0 ||
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
