"""The tests that need no process, no thread and no NumPy, run by pytest in the browser's Python.

They, pytest and what it needs are in the archive that `run.mjs` is given, in the folder `tests`.
"""

import os

import pytest

FILES = (
    "by_hand calculus diagnose exercise fold formula gradcheck "
    "graph_view language ledger misconceptions network_view rounding schedules seeding tape "
    "worksheet"
)

os.chdir("/packages/tests")
files = [f"test_{name}.py" for name in FILES.split()]
status = pytest.main(["-q", "-p", "no:cacheprovider", *files])
if status:
    raise SystemExit(int(status))
