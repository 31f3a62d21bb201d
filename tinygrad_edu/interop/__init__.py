"""To and from other programs: a trained PyTorch network as scalars, a scalar graph in SymPy,
or as Python that needs nothing of this package.

Each needs the program that it speaks with, and imports it only when called.
"""

from .from_torch import from_torch
from .to_python import to_python
from .to_sympy import to_sympy

__all__ = ["from_torch", "to_python", "to_sympy"]
