"""The operations that the package offers: arithmetic, and the functions that it exports by name.

One that has only a block in `functions.py` is computed, drawn, derived and measured. What other
systems call it is asked for once it is exported.
"""

import tinygrad_edu
from tinygrad_edu import OPS

OFFERED = [
    name
    for name, op in OPS.items()
    if not op.is_function or name in (*tinygrad_edu.__all__, "abs")  # which is Python's own name
]
