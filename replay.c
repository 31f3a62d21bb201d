/* The tape played again, in C: tinygrad_edu.arrays.tapes._replay, which player.py beside it uses.
 *
 * `Player` holds a `Tape` and, for each lane, the numbers of its rows. A lane is one sample: all
 * lanes play the same tape on other numbers.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "replay_table.h"

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

/* Put as many numbers of a sequence as there have to be into `target`, at these places or in order. */
static int
fill(double *target, const int32_t *place, Py_ssize_t size, PyObject *sequence, const char *what)
{
    PyObject *numbers = PySequence_Fast(sequence, "these are no sequence of numbers");
    if (numbers == NULL) {
        return -1;
    }
    Py_ssize_t given = PySequence_Fast_GET_SIZE(numbers), i = 0;
    for (; i < size && i < PySequence_Fast_GET_SIZE(numbers); i++) {
        PyObject *number = PySequence_Fast_GET_ITEM(numbers, i);
        double x;
        if (PyFloat_CheckExact(number)) {
            x = PyFloat_AS_DOUBLE(number);
        } else { /* whose own code may do anything, to the sequence too */
            Py_INCREF(number);
            x = PyFloat_AsDouble(number);
            Py_DECREF(number);
            if (x == -1.0 && PyErr_Occurred()) {
                break;
            }
        }
        target[place ? place[i] : i] = x;
    }
    if (!PyErr_Occurred() && (i < size || given != size)) {
        PyErr_Format(PyExc_ValueError, "%s are %zd numbers, not %zd", what, size, given);
    }
    Py_DECREF(numbers);
    return PyErr_Occurred() ? -1 : 0;
}

static int
compute(Player *self, Lane *lane)
{
    self->playing = 1;
    int failed = play_forward(self, lane);
    self->playing = 0;
    return failed;
}

PyDoc_STRVAR(forward_doc,
             "forward(parameters, inputs, lane=0)\n--\n\n"
             "Compute every row from these numbers; return those of the roots.");

static PyObject *
forward(Player *self, PyObject *args)
{
    PyObject *parameters, *inputs;
    Py_ssize_t number = 0;
    if (!PyArg_ParseTuple(args, "OO|n", &parameters, &inputs, &number)) {
        return NULL;
    }
    Lane *lane = lane_of(self, number, 1);
    Py_buffer view;
    double *data = lane ? doubles(parameters, &view, self->parameters, 0, "parameters") : NULL;
    if (data == NULL) {
        return NULL;
    }
    memcpy(lane->value, data, self->parameters * sizeof(double));
    PyBuffer_Release(&view);
    if (fill(lane->value, self->input, self->inputs, inputs, "inputs") < 0 ||
        compute(self, lane) < 0) {
        return NULL;
    }
    PyObject *roots = PyList_New(self->roots);
    for (Py_ssize_t i = 0; roots != NULL && i < self->roots; i++) {
        PyObject *x = PyFloat_FromDouble(lane->value[self->root[i]]);
        if (x == NULL) {
            Py_CLEAR(roots);
            break;
        }
        PyList_SET_ITEM(roots, i, x);
    }
    return roots;
}

/* A gradient of 0 for each row: only while a tape is played, so that a record has none. */
static double *
gradients(Player *self)
{
    double *grad = PyMem_Malloc((self->rows + 1) * sizeof(double));
    if (grad == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    return memset(grad, 0, (self->rows + 1) * sizeof(double));
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
    double *grad = fine ? gradients(self) : NULL;
    fine = grad != NULL;
    Py_ssize_t size = self->parameters * sizeof(double);
    if (fine) {
        memcpy(grad, data, size);
    }
    for (Py_ssize_t i = 0; fine && i < seeded; i++) {
        double seed = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(numbers, i));
        fine = seed != -1.0 || !PyErr_Occurred();
        grad[self->root[i]] += seed;
        last = self->root[i] > last ? self->root[i] : last;
    }
    if (fine) {
        play_backward(self, lane, last, grad);
        memcpy(data, grad, size);
    }
    PyMem_Free(grad);
    Py_DECREF(numbers);
    PyBuffer_Release(&view);
    return fine ? Py_NewRef(Py_None) : NULL;
}

PyDoc_STRVAR(run_doc,
             "run(parameters, inputs)\n--\n\n"
             "The first root's number with these numbers, and its gradient by each parameter.");

static PyObject *
run(Player *self, PyObject *const *args, Py_ssize_t given)
{
    if (given != 2 || self->roots < 1) {
        PyErr_SetString(PyExc_TypeError, "run(parameters, inputs), of a tape with a root");
        return NULL;
    }
    Lane *lane = lane_of(self, 0, 0);
    if (lane == NULL || fill(lane->value, NULL, self->parameters, args[0], "parameters") < 0 ||
        fill(lane->value, self->input, self->inputs, args[1], "inputs") < 0 ||
        compute(self, lane) < 0) {
        return NULL;
    }
    double *grad = gradients(self);
    if (grad == NULL) {
        return NULL;
    }
    grad[self->root[0]] = 1.0;
    play_backward(self, lane, self->root[0], grad);
    PyObject *grads = PyList_New(self->parameters);
    for (Py_ssize_t i = 0; grads != NULL && i < self->parameters; i++) {
        PyObject *x = PyFloat_FromDouble(grad[i]);
        if (x == NULL) {
            Py_CLEAR(grads);
            break;
        }
        PyList_SET_ITEM(grads, i, x);
    }
    PyMem_Free(grad);
    return grads ? Py_BuildValue("dN", lane->value[self->root[0]], grads) : NULL;
}

static PyMethodDef player_methods[] = {
    {"forward", (PyCFunction)forward, METH_VARARGS, forward_doc},
    {"backward", (PyCFunction)backward, METH_VARARGS, backward_doc},
    {"run", (PyCFunction)(void (*)(void))run, METH_FASTCALL, run_doc},
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
    Py_XDECREF(self->calls);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot player_slots[] = {
    {Py_tp_doc, "Player(codes, a, b, parameters, inputs, constants, roots, kinds, calls)"},
    {Py_tp_new, player_new},
    {Py_tp_dealloc, player_free},
    {Py_tp_methods, player_methods},
    {0, NULL},
};
static PyType_Spec player_spec = {
    .name = "tinygrad_edu.arrays.tapes._replay.Player",
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
