/* Where nodes lie: included in the C code that mypyc generates from this package.
 *
 * A training step makes a graph and drops it, again and again. Here nodes lie side by side in large
 * chunks, in the order in which they were made, so that the passes over a graph go through memory
 * in order. A freed node's place is marked in its chunk's bitmap, and the next node takes the
 * lowest free place, so that the order survives any number of steps. Some empty chunks wait for the
 * next step, which spares it asking the operating system for pages.
 *
 * All this belongs to the process: whoever runs here holds the global interpreter lock. It is for
 * speed alone; without it, Python's own allocator would do.
 */

#ifdef Py_GIL_DISABLED
#error "this needs the global interpreter lock: use the package's plain Python files instead"
#endif

#ifdef _WIN32
#include <intrin.h>
#include <malloc.h>
#else
#include <sys/mman.h>
#endif

/* AddressSanitizer knows of no nodes in a chunk: it is told which of the places are free. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(start, size) __asan_poison_memory_region(start, size)
#define UNPOISON(start, size) __asan_unpoison_memory_region(start, size)
#else
#define POISON(start, size) ((void)0)
#define UNPOISON(start, size) ((void)0)
#endif

typedef struct {
    tinygrad_edu___engine___ValueObject value;
    PyObject *weak_references;
} Node;

#define CHUNK_SIZE ((size_t)1 << 21) /* in bytes; a chunk begins at a multiple of it */
#define HEADER_SIZE 4096             /* of them before the first node */
#define WORD_BITS 32
#define WORDS ((CHUNK_SIZE - HEADER_SIZE) / sizeof(Node) / WORD_BITS)
#define EMPTY_CHUNKS_KEPT 32

typedef struct Chunk {
    struct Chunk *previous, *next; /* in `chunks` */
    size_t used;                   /* how many of its nodes are alive */
    size_t word;                   /* the words of `free` before this one are zero */
    uint32_t free[WORDS + 1];      /* a bit for each free node; the last word ends a search */
} Chunk;

static Chunk no_chunk = {.word = WORDS, .free[WORDS] = 1};
static Chunk *chunk = &no_chunk; /* where nodes are made, until it is full */
static Chunk *chunks = NULL;     /* those of the others of which half or more is free */
static size_t empty_chunks = 0;  /* how many of those are empty */

static inline Node *
chunk_nodes(Chunk *c)
{
    return (Node *)((char *)c + HEADER_SIZE);
}

static Chunk *
chunk_from_system(void)
{
#ifdef _WIN32
    Chunk *c = _aligned_malloc(CHUNK_SIZE, CHUNK_SIZE);
    if (c == NULL) {
        return NULL;
    }
#else
    char *start = mmap(NULL, 2 * CHUNK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        return NULL;
    }
    size_t before = -(uintptr_t)start % CHUNK_SIZE; /* what precedes the aligned chunk */
    Chunk *c = (Chunk *)(start + before);
    if (before > 0) {
        munmap(start, before);
    }
    munmap(start + before + CHUNK_SIZE, CHUNK_SIZE - before);
#ifdef MADV_HUGEPAGE
    madvise(c, CHUNK_SIZE, MADV_HUGEPAGE); /* one page fault in place of 512 */
#endif
#endif
    PyTraceMalloc_Track(0, (uintptr_t)c, CHUNK_SIZE);
    c->used = c->word = 0;
    memset(c->free, 0xff, sizeof(c->free));
    POISON(chunk_nodes(c), CHUNK_SIZE - HEADER_SIZE);
    return c;
}

static void
chunk_to_system(Chunk *c)
{
    PyTraceMalloc_Untrack(0, (uintptr_t)c);
    UNPOISON(c, CHUNK_SIZE);
#ifdef _WIN32
    _aligned_free(c);
#else
    munmap(c, CHUNK_SIZE);
#endif
}

static void
chunk_link(Chunk *c)
{
    c->previous = NULL;
    c->next = chunks;
    if (chunks != NULL) {
        chunks->previous = c;
    }
    chunks = c;
}

static void
chunk_unlink(Chunk *c)
{
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    if (c->previous != NULL) {
        c->previous->next = c->next;
    } else {
        chunks = c->next;
    }
}

/* Now that `chunk` is full, let it be another one. */
static int
chunk_change(void)
{
    Chunk *c = chunks;
    if (c == NULL) {
        c = chunk_from_system();
        if (c == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    } else {
        chunk_unlink(c);
        empty_chunks -= c->used == 0;
    }
    chunk = c;
    return 0;
}

/* The tp_alloc of Value. */
static inline PyObject *
node_alloc(PyTypeObject *type, Py_ssize_t Py_UNUSED(items))
{
    while (chunk->free[chunk->word] == 0) {
        chunk->word++;
    }
    if (chunk->word == WORDS && chunk_change() < 0) {
        return NULL;
    }
    uint32_t *word = &chunk->free[chunk->word];
#ifdef _WIN32
    unsigned long bit;
    _BitScanForward(&bit, *word);
#else
    int bit = __builtin_ctz(*word);
#endif
    *word &= *word - 1; /* without its lowest bit */
    chunk->used++;
    Node *node = chunk_nodes(chunk) + chunk->word * WORD_BITS + bit;
    UNPOISON(node, sizeof(Node));
    Py_SET_REFCNT(node, 1);
    Py_SET_TYPE(node, type);
    node->value.__label = node->value._op = NULL; /* mypyc sets the numbers */
    node->value.__a = node->value.__b = NULL;
    node->weak_references = NULL;
    return (PyObject *)node;
}

/* The tp_free of Value. */
static void
node_free(void *node)
{
    Chunk *c = (Chunk *)((uintptr_t)node & ~(CHUNK_SIZE - 1));
    size_t i = (size_t)((Node *)node - chunk_nodes(c));
    size_t word = i / WORD_BITS;
    c->free[word] |= (uint32_t)1 << i % WORD_BITS;
    POISON(node, sizeof(Node));
    if (word < c->word) {
        c->word = word;
    }
    c->used--;
    if (c == chunk) {
        return;
    }
    if (c->used == WORDS * WORD_BITS / 2) {
        chunk_link(c);
    } else if (c->used == 0 && empty_chunks < EMPTY_CHUNKS_KEPT) {
        empty_chunks++;
    } else if (c->used == 0) {
        chunk_unlink(c);
        chunk_to_system(c);
    }
}
