#!/usr/bin/env bash
# The compiled build under AddressSanitizer, and under UndefinedBehaviorSanitizer: the memory of
# nodes, how they are freed, replay in C, and the C that mypyc makes of the engine.
#
#     tests/storms/sanitizer.sh [python3.13]
#
# Python itself is an ordinary one, whose objects are then allocated one by one by the C library,
# which the first sanitizer watches; of the places of nodes node_memory.h tells it which are free. A
# node that is read after it was freed has to be found, and the other one's checks have to be in the
# libraries; then the tests run, and the first fault ends them with the sanitizer's report.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${1:-python3}
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
git ls-files -z | xargs -0 cp --parents -t "$work"
mkdir "$work/run" && cd "$work/run"
"$work/venv/bin/pip" install -q pytest hypothesis numpy mpmath

build() {
    rm -rf ../build
    CC=gcc CFLAGS="$1 -fno-omit-frame-pointer -g -O1" TINYGRAD_EDU_COMPILE=1 \
        "$work/venv/bin/pip" install -q --force-reinstall ..
}

run_tests() {
    "$work/venv/bin/python" -m tinygrad_edu info
    "$work/venv/bin/python" -m pytest -q -p no:cacheprovider -c ../pyproject.toml --rootdir .. \
        ../tests/test_{by_hand,engine,functions,custom,storms,replay,build}.py
}

build -fsanitize=address
(
    export LD_PRELOAD=$(gcc -print-file-name=libasan.so)
    export ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc
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
    run_tests
)

# (All but shifts of negative numbers: so mypyc writes its own whole numbers, and gcc defines them.)
build "-fsanitize=undefined -fno-sanitize-recover=undefined -fno-sanitize=shift"
libraries=$("$work/venv/bin/python" -c '
import sysconfig, pathlib
print(*pathlib.Path(sysconfig.get_path("platlib")).glob("**/*tinygrad_edu*/**/_replay*.so"),
      *pathlib.Path(sysconfig.get_path("platlib")).glob("tinygrad_edu__mypyc*.so"), sep="\n")
')
for library in $libraries; do
    nm -D "$library" | grep -q __ubsan_handle && echo "checks in $(basename "$library")"
done
run_tests
