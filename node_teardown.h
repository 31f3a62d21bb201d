/* How nodes are freed: included in the C code that mypyc generates from this package.
 *
 * A deallocator that frees what its object refers to calls itself, once for each node of a path,
 * and a long path would overflow the C stack. CPython bounds that with its "trashcan", but only for
 * objects that its garbage collector knows; a Value is in no cycle, so the collector need not know
 * it. So nodes wait here on a list of their own for the deallocator that is already at work. The
 * list is linked through the mark of a walk, which a dying node has no more use for.
 *
 * The list belongs to the process: whoever runs here holds the global interpreter lock. Where the
 * end of a label runs Python code that lets another thread in, that thread's nodes join the list
 * and are freed when the first thread goes on.
 */

static int32_t CPyDef_engine___Value_clear(PyObject *self);

/* The tp_dealloc of Value. */
static void
node_dealloc(PyObject *self)
{
    static Node *waiting = NULL;
    static int at_work = 0;

    ((Node *)self)->value.__mark = (int64_t)(intptr_t)waiting;
    waiting = (Node *)self;
    if (at_work) {
        return;
    }
    at_work = 1;
    while (waiting != NULL) {
        PyObject *node = (PyObject *)waiting;
        waiting = (Node *)(intptr_t)waiting->value.__mark;
        if (((Node *)node)->weak_references != NULL) {
            PyObject_ClearWeakRefs(node); /* which may run Python code */
        }
        CPyDef_engine___Value_clear(node); /* may add to the list */
        Py_TYPE(node)->tp_free(node);
    }
    at_work = 0;
}
