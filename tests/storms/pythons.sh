#!/usr/bin/env bash
# Both builds on other versions of Python: the tests of the engine, of its memory and the storms.
#
#     tests/storms/pythons.sh python3.12 python3.13 …
#
# A version that the system does not package can come from a newer release of it. On Debian:
#
#     mmdebstrap --variant=minbase --include=python3.14-dev,python3.14-venv,gcc unstable ROOT
#     (beside a mirror whose index has expired: --aptopt='Acquire::Check-Valid-Until "false"')
#     cp -r . ROOT/source && chroot ROOT bash /source/tests/storms/pythons.sh python3.14
set -euo pipefail
cd "$(dirname "$0")/../.."
for python in "$@"; do
    for compile in 0 1; do
        work=$(mktemp -d)
        "$python" -m venv "$work/venv"
        cp -r . "$work/source"
        (
            cd "$work/source"
            "$work/venv/bin/pip" install -q pytest hypothesis numpy
            TINYGRAD_EDU_COMPILE=$compile "$work/venv/bin/pip" install -q .
            cd "$work"
            "$work/venv/bin/python" -m tinygrad_edu info
            "$work/venv/bin/python" -m pytest -q -p no:cacheprovider -c source/pyproject.toml \
                --rootdir source source/tests/test_{by_hand,engine,build,storms}.py
        )
        rm -rf "$work"
    done
done
