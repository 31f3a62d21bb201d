/* The tape played again, in C: tinygrad_edu.arrays._replay, which arrays/player.py uses.
 *
 * `Player` holds a `Tape` and, for each lane, the numbers of its rows. A lane is one sample: all
 * lanes play the same tape on other numbers.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "replay_play.h"

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
