#!/usr/bin/env bash
# The compiled build under AddressSanitizer: the memory of nodes, how they are freed, replay in C.
#
#     tests/storms/sanitizer.sh [python3.13]
#
# Python itself is an ordinary one, whose objects are then allocated one by one by the C library,
# which the sanitizer watches; of the places of nodes node_memory.h tells it which are free. First
# a node that is read after it was freed has to be found; then the tests run, and the first fault
# ends them with the sanitizer's report.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${1:-python3}
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
git ls-files -z | xargs -0 cp --parents -t "$work"
cd "$work"
"$work/venv/bin/pip" install -q pytest hypothesis numpy mpmath
CC=gcc CFLAGS="-fsanitize=address -fno-omit-frame-pointer -g -O1" TINYGRAD_EDU_COMPILE=1 \
    "$work/venv/bin/pip" install -q .
mkdir run && cd run
export LD_PRELOAD=$(gcc -print-file-name=libasan.so)
export ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc
"$work/venv/bin/python" -m tinygrad_edu info
if "$work/venv/bin/python" -c '
import ctypes
from tinygrad_edu import Value
x = Value(1.0)
place = id(x + x)  # which is freed at once
ctypes.cast(place, ctypes.py_object).value
' 2>report; then
    echo "a node that was read after it was freed went unnoticed" && exit 1
fi
grep -q "use-after-poison" report
echo "a planted read of a freed node: found"
"$work/venv/bin/python" -m pytest -q -p no:cacheprovider -c ../pyproject.toml --rootdir .. \
    ../tests/test_{by_hand,engine,functions,custom,storms,replay,build}.py
