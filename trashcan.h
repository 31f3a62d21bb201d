/* Included before the C code that mypyc generates from this package.
 *
 * A deallocator that frees what its object refers to calls itself, once for each node of a deep
 * graph. CPython bounds that with its "trashcan": past some depth an object is only put on a list,
 * which the outermost deallocator empties. Up to Python 3.13 that list is linked through the header
 * that the garbage collector puts before an object. A Value has no such header (it is in no cycle,
 * so the collector need not know it), and mypyc uses the trashcan all the same: the link would
 * overwrite foreign memory. So here the list is linked through the reference count, which no one
 * reads any more, as CPython itself does it from 3.14 on.
 *
 * The list and the depth belong to the process: whoever runs here holds the global interpreter
 * lock. Where a deallocator runs Python code that lets another thread in, that thread's objects may
 * join the list, and are freed by whichever of the two is the last to return.
 */

#ifndef TINYGRAD_EDU_TRASHCAN_H
#define TINYGRAD_EDU_TRASHCAN_H

#include <Python.h>

#ifdef Py_GIL_DISABLED
#error "this needs the global interpreter lock: use the package's plain Python files instead"
#endif

#if PY_VERSION_HEX < 0x030E0000

#define TRASHCAN_DEPTH 50

static PyObject *trashcan_list = NULL;
static int trashcan_depth = 0;

static void
trashcan_empty(void)
{
    while (trashcan_list != NULL) {
        PyObject *op = trashcan_list;
        trashcan_list = (PyObject *)op->ob_refcnt;
        op->ob_refcnt = 0; /* not Py_SET_REFCNT, which leaves what looks immortal as it is */
        Py_TYPE(op)->tp_dealloc(op);
    }
}

/* The second test: where a subclass's deallocator has called its base's, it is too late to wait. */
#undef Py_TRASHCAN_BEGIN
#define Py_TRASHCAN_BEGIN(op, dealloc)                                                             \
    if (trashcan_depth >= TRASHCAN_DEPTH                                                           \
        && Py_TYPE(op)->tp_dealloc == (destructor)(dealloc)) {                                     \
        ((PyObject *)(op))->ob_refcnt = (Py_ssize_t)trashcan_list;                                 \
        trashcan_list = (PyObject *)(op);                                                          \
    } else {                                                                                       \
        trashcan_depth++;

#undef Py_TRASHCAN_END
#define Py_TRASHCAN_END                                                                            \
        if (trashcan_depth == 1) {                                                                 \
            trashcan_empty();                                                                      \
        }                                                                                          \
        trashcan_depth--;                                                                          \
    }

#endif
#endif
