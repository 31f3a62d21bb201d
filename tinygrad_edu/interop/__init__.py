"""To and from other programs: a trained PyTorch network as scalars, a scalar graph in SymPy.

Each needs the program that it speaks with, and imports it only when called.
"""

from .from_torch import from_torch
from .to_sympy import to_sympy

__all__ = ["from_torch", "to_sympy"]
