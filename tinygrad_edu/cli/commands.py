"""The commands of ``python -m tinygrad_edu``: the worked systems, and training on data of your own.

Without arguments it runs the first system. What is wrong with the arguments or with a file is
one line on stderr and exit status 2; a training that diverges, 1; Ctrl-C, 130, after a report of
what was learned so far; a closed pipe (``| head``), 141 without a word.
"""

from __future__ import annotations

import io
import os
import sys
from argparse import REMAINDER, ArgumentError, ArgumentParser, Namespace
from collections.abc import Sequence

from ..arrays.programs.engines import NoDeviceError
from ..language import LANGUAGES, current_language, say, using_language
from ..systems import SYSTEMS
from ..tables import TableError
from ..tensors import TensorFileError
from ..text import table
from ..training import NonFiniteLossError
from . import predict, train, vectorize
from .info import info


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m tinygrad_edu",
        description=say(
            "Small networks whose every number can be checked, and training on real "
            "data. Without a command, the first of them runs: linear-231."
        ),
        epilog=say("Each command tells its options with --help."),
    )
    _add_language(parser)
    commands = parser.add_subparsers(title=say("commands"), metavar=say("COMMAND"))
    commands.add_parser("list", help=say("list the systems")).set_defaults(run=_list)
    for name, system in SYSTEMS.items():
        command = commands.add_parser(
            name, help=say(system.SUMMARY), description=say(system.SUMMARY)
        )
        system.add_options(command)
        command.set_defaults(run=system.run)
    command = commands.add_parser("train", help=say(train.SUMMARY), description=say(train.SUMMARY))
    train.add_options(command)
    command.set_defaults(run=train.run)
    command = commands.add_parser(
        "predict", help=say(predict.SUMMARY), description=say(predict.SUMMARY)
    )
    predict.add_options(command)
    command.set_defaults(run=predict.run)
    command = commands.add_parser(
        "vectorize", help=say(vectorize.SUMMARY), description=say(vectorize.SUMMARY)
    )
    vectorize.add_options(command)
    command.set_defaults(run=vectorize.run)
    commands.add_parser("info", help=say("which build is running")).set_defaults(run=_info)
    return parser


def _add_language(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--language",
        choices=list(LANGUAGES),
        help=say("of what is printed (default: what TINYGRAD_EDU_LANGUAGE says, or en)"),
    )


def _language(arguments: Sequence[str] | None) -> str | None:
    """What --language says before the command, so that the help is written in it too."""
    parser = ArgumentParser(add_help=False, exit_on_error=False)
    _add_language(parser)
    parser.add_argument("rest", nargs=REMAINDER)
    try:
        language: str | None = parser.parse_known_args(arguments)[0].language
    except ArgumentError:
        return None  # which the whole parser will complain about
    return language


def _list(options: Namespace) -> None:
    print(
        table(
            (say("system"), ""), [(name, say(system.SUMMARY)) for name, system in SYSTEMS.items()]
        )
    )
    print("\n" + say("Run one with: python -m tinygrad_edu NAME (its options: NAME --help)"))


def _info(options: Namespace) -> None:
    print(info())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command in `arguments` (by default those of the process); its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="spell-out", line_buffering=True)
    try:
        current_language()
    except ValueError as error:  # in the environment
        return _complain(f"TINYGRAD_EDU_LANGUAGE: {error}", 2)
    with using_language(_language(arguments)):
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    if "run" not in options:
        options = _parser().parse_args([next(iter(SYSTEMS))])
    try:
        options.run(options)
    except BrokenPipeError:
        # Python flushes once more at exit: let that go nowhere instead of raising again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except NonFiniteLossError as error:
        return _complain(str(error), 1)
    except (TableError, TensorFileError, ModuleNotFoundError, NoDeviceError) as error:
        return _complain(str(error), 2)
    except OSError as error:
        return _complain(f"{error.filename or 'output'}: {error.strerror}", 2)
    return 0


def _complain(what: str, status: int) -> int:
    print(f"tinygrad_edu: error: {what}", file=sys.stderr)
    return status
