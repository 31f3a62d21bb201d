"""Plants bugs in a copy of the package, one at a time, and counts those that the suite notices.

    python tests/storms/planted.py              # all of them, each with the tests of its room
    python tests/storms/planted.py --whole      # each with the whole suite: hours
    python tests/storms/planted.py optim view   # those in files whose path has one of these words

A bug is one that a person could write: a sign, a bound, a forgotten case. One whose text is no
longer in the source is reported as stale, and is to be planted anew. Exit status 1 where less than
95 % were noticed, or one is stale.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Bug(NamedTuple):
    """In `file`, `right` becomes `wrong`; `tests` are the files of its room."""

    file: str
    right: str
    wrong: str
    tests: str


BUGS = [
    # The engine
    Bug(
        "engine.py",
        "divide(g, self._da) if self.op is DIV",
        "g * self._da if self.op is DIV",
        "engine ledger",
    ),
    Bug(
        "engine.py",
        "map(_SET_GRAD, nodes, repeat(0.0))",
        "map(_SET_GRAD, [], repeat(0.0))",
        "engine storms",
    ),
    Bug("engine.py", "if _WALKS.sweeping and is_running(", "if False and (", "engine storms"),
    Bug("engine.py", '_noted("<=", self', '_noted("<", self', "backends planted_bugs"),
    Bug("engine.py", '_noted("bool", self', '_noted("data", self', "replay backends"),
    Bug(
        "engine.py",
        "return _leaf, (self._data, self._grad, self._label)",
        'return _leaf, (self._data, self._grad, "")',
        "engine",
    ),
    Bug("engine.py", "if grad is None:", "if not grad:", "engine planted_bugs"),
    Bug(
        "blocks.py",
        "if lock is not None and lock.locked():",
        "if lock is not None:",
        "engine storms",
    ),
    Bug("blocks.py", "        entry = outside\n", "        return None\n", "engine storms"),
    Bug(
        "accurate.py",
        "if n == 0.0:\n        return 0.0\n    m",
        "m",
        "engine functions special_values",
    ),
    Bug(
        "accurate.py",
        "0.0 if x == 0.0 and n >= 0.0",
        "0.0 if x == 0.0 and n > 0.0",
        "special_values planted_bugs",
    ),
    Bug("functions.py", "0.0 if v < w else 0.5", "0.0 if v < w else 1.0", "functions"),
    Bug(
        "functions.py",
        "-1.0 if v < 0.0 else v * v",
        "-1.0 if v < 0.0 else 0.0",
        "functions special_values",
    ),
    # Derivatives as Values
    Bug("calculus.py", "term if before is None else before + term", "term", "calculus"),
    Bug(
        "gradcheck.py",
        'all(check.verdict in ("ok", "kink")',
        'all(check.verdict != "wrong"',
        "gradcheck",
    ),
    Bug(
        "gradcheck.py",
        "uncertainty <= allowed and math.isfinite(analytic)",
        "uncertainty <= allowed",
        "gradcheck",
    ),
    Bug(
        "gradcheck.py",
        "max(abs(new - row[k]), abs(new - old), noise)",
        "max(abs(new - row[k]), abs(new - old))",
        "gradcheck",
    ),
    # Losses
    Bug("losses.py", "m * (d - m / 2.0)", "m * (d - d / 2.0)", "losses"),
    Bug("losses.py", "reduction, beta) / beta", "reduction, beta)", "losses"),
    Bug("losses.py", "_LEAST = math.exp(-100.0)", "_LEAST = math.exp(-99.0)", "losses"),
    Bug(
        "losses.py",
        "1.0 - 1e-6 <= total <= 1.0 + 1e-6",
        "0.99 <= total <= 1.01",
        "losses planted_bugs",
    ),
    Bug(
        "losses.py",
        "samples = 1 if _is_scalar(input) else len(input)",
        "samples = len(_pairs(input, target))",
        "losses",
    ),
    Bug("losses.py", "if p < 0.0 or p > 1.0:", "if p < 0.0:", "losses bad_input"),
    # Optimisers, schedules
    Bug("optim.py", "1.0 - self.dampening", "1.0 + self.dampening", "optim"),
    Bug("rules.py", "g + self.keep * m if", "m + self.keep * g if", "optim"),
    Bug("rules.py", "divide(g, sqrt(v) + self.eps)", "divide(g, sqrt(v + self.eps))", "optim"),
    Bug("rules.py", "(1.0 - self.b2) * (g * g)", "(1.0 - self.b2) * g", "optim"),
    Bug(
        "arrays/fitting/flat.py",
        "self._gradient[places] = gradient",
        "self._gradient = gradient",
        "flat",
    ),
    Bug(
        "optim.py", "1.0 + self._t * self.lr_decay", "1.0 + (self._t + 1) * self.lr_decay", "optim"
    ),
    Bug("optim.py", "most / (norm + 1e-6)", "most / norm", "optim"),
    Bug("optim.py", "max(p.grad, -most)", "max(-most, p.grad)", "optim planted_bugs"),
    Bug("optim.py", "len(x) not in {len(own), parameters}", "False", "optim checkpoints"),
    Bug("optim.py", "1.0 - lr * self.weight_decay", "1.0 - self.weight_decay", "optim"),
    Bug(
        "schedules.py",
        "self.gamma ** (epoch // self.step_size)",
        "self.gamma ** ((epoch + 1) // self.step_size)",
        "schedules",
    ),
    Bug(
        "schedules.py",
        "        self.optimizer.lr = self.rate(self.last_epoch)\n\n\nclass StepLR",
        "\n\nclass StepLR",
        "schedules checkpoints",
    ),
    # Training
    Bug(
        "training.py",
        "(value - mean) * (len(numbers) / seen)",
        "(value - mean) * (size / len(samples))",
        "training",
    ),
    Bug(
        "training.py",
        "- (-1 if best is None else best) >= patience",
        "- (-1 if best is None else best) > patience",
        "training",
    ),
    Bug(
        "training.py",
        "    if best:\n        commit(",
        "    if not best:\n        commit(",
        "training",
    ),
    Bug(
        "training.py",
        "before = optimizer.updates - done * batches",
        "before = optimizer.updates",
        "training checkpoints storms",
    ),
    Bug(
        "training.py",
        "[p.grad for p in optimizer.parameters]",
        "[p.grad for p in optimizer.parameters[:1]]",
        "training planted_bugs",
    ),
    Bug(
        "checkpoints.py",
        "    rng.setstate(state)\n    return progress",
        "    return progress",
        "checkpoints",
    ),
    Bug(
        "checkpoints.py",
        "if sorted(progress.order) != list(range(samples)):",
        "if len(progress.order) != samples:",
        "checkpoints",
    ),
    Bug("checkpoints.py", "        vars(optimizer).update(before[0])\n", "", "checkpoints"),
    # Networks and their weights
    Bug("nn.py", "math.sqrt(2.0 / nin)", "math.sqrt(2.0 / nout)", "nn"),
    Bug("nn.py", "if len(x) != len(self.w):", "if len(x) < len(self.w):", "nn"),
    Bug("nn.py", "place += 2 if layer.neurons[0].nonlin else 1", "place += 2", "states"),
    Bug(
        "modules.py",
        "if new.setdefault(p, x) != x and x == x:",
        "if new.setdefault(p, x) is None:",
        "states",
    ),
    Bug(
        "modules.py",
        "if strict and any(difference):",
        "if strict and difference.missing_keys:",
        "states",
    ),
    Bug("tensors.py", 'array.dtype.kind not in "fiu"', 'array.dtype.kind not in "fiub"', "states"),
    Bug(
        "files.py",
        "            shutil.copymode(target, unfinished)\n",
        "            pass\n",
        "files",
    ),
    Bug(
        "predictor.py",
        "math.inf if s is None else float(s)",
        "1.0 if s is None else float(s)",
        "cli",
    ),
    Bug("predictor.py", "y.data * self.scale.deviation + self", "y.data + self", "cli"),
    Bug("interop/from_torch.py", "partial(elu, alpha=module.alpha)", "elu", "interop"),
    Bug(
        "sweeps.py",
        "for s, future in zip(combinations, futures)]\n",
        "for s, future in zip(reversed(combinations), futures)]\n",
        "sweeps",
    ),
    # Data
    Bug("data.py", "/ math.sqrt(n)\n", "/ math.sqrt(max(n - 1, 1))\n", "data"),
    Bug(
        "data.py",
        "min(round(test_fraction * len(group)), len(group) - 1)",
        "round(test_fraction * len(group))",
        "data cli",
    ),
    Bug("tables.py", 'None if "_" in cell else float(cell)', "float(cell)", "data cli"),
    Bug("tables.py", "line = reader.line_num + 1", "line += 1", "data cli"),
    # Array programs
    Bug(
        "arrays/programs/adjoint.py",
        "back = np.argsort(node.info, axis=1)",
        "back = node.info",
        "vectorize numpy_backend",
    ),
    Bug(
        "arrays/models/classes.py",
        "return all(form(labels) == plain for labels in labellings)",
        "return True",
        "vectorize numpy_backend",
    ),
    Bug(
        "arrays/tapes/guarded.py",
        "if not holds(what, numbers[left], other, answer):",
        "if False:",
        "replay backends",
    ),
    Bug(
        "arrays/fitting/vectorized.py",
        "math.isfinite(loss) and _all_finite(gradient)",
        "math.isfinite(loss)",
        "planted_bugs",
    ),
    Bug(
        "arrays/fitting/backends.py",
        "due = self._calls == self._checked or (first and",
        "due = (first and",
        "backends numpy_backend",
    ),
    Bug(
        "arrays/numeric.py",
        "return np.minimum(np.maximum.reduce(x, -1, keepdims=True, initial=-_MOST), _MOST)",
        "return x.max(-1, keepdims=True)",
        "planted_bugs",
    ),
    Bug("arrays/programs/to_jax.py", 'called = ("relu", ', "called = (", "planted_bugs"),
    Bug("arrays/programs/to_onnx.py", "axis=int(source.lanes))", "axis=0)", "other_engines"),
    Bug(
        "arrays/programs/to_torch.py",
        'zeros = "theta.new_zeros"',
        'zeros = "np.zeros"',
        "other_engines",
    ),
    # Checking and finding mistakes
    Bug(
        "teach/checking/rounding.py",
        "max(rtol * abs(right), noise, _half",
        "max(rtol * abs(right), _half",
        "check rounding",
    ),
    Bug(
        "teach/checking/rounding.py",
        "last = min(exponent, exponent + len(digits) - fewest)",
        "last = exponent",
        "check rounding",
    ),
    Bug("teach/checking/working.py", "if places == 1 or (", "if (", "rounding check"),
    Bug("teach/checking/working.py", "2.0**-22 * abs(x)", "2.0**-26 * abs(x)", "planted_bugs"),
    Bug("teach/checking/symbolic.py", "if kept or not elsewhere:", "if True:", "planted_bugs"),
    Bug(
        "teach/new_numbers.py",
        "return float(rng.randint(0, 1))",
        "return float(rng.randint(0, 2))",
        "worksheet",
    ),
    Bug("teach/new_numbers.py", "return math.copysign(new, x)", "return new", "worksheet"),
    Bug(
        "teach/diagnosis.py",
        "if not math.isfinite(entry.total):",
        "if not math.isfinite(entry.contribution):",
        "planted_bugs",
    ),
    Bug(
        "teach/classroom/grading.py",
        "key=lambda item: -len(item[1])",
        "key=lambda item: len(item[1])",
        "classroom",
    ),
    # The record and derivations
    Bug(
        "teach/record/moment.py",
        "[v for v in suspects if v not in cleared] or list(suspects)",
        "list(suspects)",
        "planted_bugs derive check cuts",
    ),
    Bug(
        "teach/record/paths.py",
        "max(height.get(node, 0), height[operand] + 1)",
        "height[operand] + 1",
        "planted_bugs",
    ),
    Bug(
        "teach/record/lookup.py",
        "if len(found) > 1:",
        "if len(found) > 2:",
        "check derive graph_view",
    ),
    Bug(
        "teach/derivation/partials.py",
        "if e == Number(0.0) or abs(totals[v]) <= NOISE * sizes[v] < math.inf:",
        "if abs(totals[v]) < 0.0:",
        "planted_bugs",
    ),
    Bug("teach/derivation/partials.py", "totals.get(argument, 0.0) + number", "number", "derive"),
    # Pictures
    Bug(
        "view/fold.py", "left.has_bias |= right.has_bias", "left.has_bias = right.has_bias", "fold"
    ),
    Bug("view/fold.py", "times[this] = times.get(this, 0) + 1  #", "times[this] = 1  #", "fold"),
    Bug(
        "view/graph.py",
        "max(flows.get(tail, 0.0), abs(added[x]))",
        "abs(added[x])",
        "fold graph_view",
    ),
    Bug("view/graph.py", "if moved else []", "if not moved else []", "graph_view readme"),
    Bug(
        "view/explorer/page/functions.js",
        "unlike(a % b, b) ? 1 : 0",
        "unlike(a % b, b) ? 0 : 1",
        "explorer_numbers",
    ),
    Bug("view/explorer/javascript.py", 'ast.GtE: ">="', 'ast.GtE: ">"', "explorer_numbers"),
    Bug("view/explorer/javascript.py", "function.__closure__ or", "", "javascript"),
    # The command line
    Bug("cli/options.py", "if not 0.0 < x < 1.0:", "if not 0.0 < x <= 1.0:", "cli"),
    Bug("cli/predict.py", "number(max(p), 6)", "number(min(p), 6)", "cli"),
    # Of the rooms that changed last
    Bug("rules.py", "if self.shrink != 1.0:", "if self.shrink > 1.0:", "optim"),
    Bug("optim.py", "lr * root / (1.0 - b1**t)", "lr * root", "optim"),
    Bug("optim.py", " if norm == norm else norm", "", "optim planted_bugs"),
    Bug("arrays/fitting/flat.py", "{**lists, _HELD: None}", "{_HELD: None}", "flat"),
    Bug("arrays/tapes/replay.py", "[grads[place] for place in self._places]", "grads", "replay"),
    Bug("turns.py", ", after_in_child=_LOCK.release", "", "storms"),
    Bug(
        "view/explorer/javascript.py", '"(-Infinity)"', '"Infinity"', "javascript explorer_numbers"
    ),
    Bug(
        "view/explorer/javascript.py",
        '" && " if isinstance(op, ast.And) else " || "',
        '" && " if isinstance(op, ast.Or) else " || "',
        "javascript",
    ),
    Bug(
        "view/explorer/derivation.py",
        "if of is self._model.root else",
        "if of is not by else",
        "explorer_derivation",
    ),
    Bug(
        "view/explorer/film.py",
        "entry._replace(total=totals[entry.operand])",
        "entry",
        "explorer_film",
    ),
    Bug(
        "teach/derivation/matrices/repeats.py",
        "len(chosen) == len(own)",
        "True",
        "matrix_form",
    ),
    Bug(
        "view/explorer/film.py",
        "depth[x] = max(depth[x], depth[v] + 1)",
        "depth[x] = depth[v] + 1",
        "explorer_film",
    ),
    Bug(
        "view/explorer/formulas.py",
        "op.arity if op.arity == len(op.rules) else 1",
        "op.arity",
        "explorer_formulas",
    ),
    Bug(
        "view/explorer/page/minimap.js",
        "Math.min(natural.width, clientWidth * unit)",
        "clientWidth * unit",
        "explorer_minimap",
    ),
    Bug(
        "view/explorer/page/reading.js",
        "negative = negative !== (",
        "negative = (",
        "explorer_formulas",
    ),
    Bug(
        "view/explorer/page/formulas.js",
        "if (decimals.length < 2 ||",
        "if (decimals.length < 1 ||",
        "explorer_formulas",
    ),
    Bug(
        "teach/notation/textbook.py",
        "return p if p.data > LEAST else None",
        "return p",
        "derive planted_bugs",
    ),
    Bug(
        "teach/classroom/answer_file.py",
        '(delimiter != "," or not _THOUSANDS.fullmatch(text))',
        "True",
        "classroom",
    ),
    Bug(
        "interop/to_python.py",
        'f"({text})" if text.startswith("-") else text',
        "text",
        "interop",
    ),
    # Of rooms that had none
    Bug("elementary.py", "v == 0.0 and w <= 0.0", "v == 0.0", "functions special_values"),
    Bug("elementary.py", "v % w, a, 1.0, b, -(v // w)", "v % w, a, 1.0, b, -(v / w)", "functions"),
    Bug(
        "ieee.py",
        "return math.copysign(math.inf, x) if n",
        "return math.inf if n",
        "engine special_values",
    ),
    Bug("reductions.py", "zip(before, after[1:])", "zip(before[1:], after)", "functions losses"),
    Bug("custom.py", "for a in arguments[:i]", "for a in arguments[: i + 1]", "custom"),
    Bug(
        "updates.py",
        "zip(parameters, memory[0], memory[1])",
        "zip(parameters, memory[1], memory[0])",
        "optim",
    ),
    Bug("history.py", "if x == x]", "if x]", "training"),
    Bug("seeding.py", "return random._inst", "return random.Random(0)", "seeding nn data"),
    Bug(
        "arguments.py",
        "argument * 1.0 if isinstance",
        "argument if isinstance",
        "calculus calculus_arguments",
    ),
    Bug(
        "cuts.py",
        "source[-1] = source[-1][:end]\n    source[0] = source[0][start:]",
        "source[0] = source[0][start:]\n    source[-1] = source[-1][:end]",
        "cuts",
    ),
    Bug(
        "text.py",
        "if row and width((row + part).rstrip()) > columns:",
        "if row and width(row + part) > columns:",
        "text language",
    ),
    Bug("arrays/lifting/colours.py", "if op in STRUCTURAL:", 'if op == "**":', "vectorize"),
    Bug("arrays/tapes/tape.py", "repr(x) if x == 0.0 or x != x else x", "x", "tape replay"),
    Bug(
        "arrays/fitting/steps.py",
        "outputs, starts = [root], [1]",
        "outputs, starts = [root], [0]",
        "backends replay",
    ),
    Bug(
        "arrays/models/batch.py",
        "model.tests + ended.tests",
        "ended.tests",
        "numpy_backend vectorize",
    ),
    Bug(
        "arrays/data_parallel.py",
        "range(rank * share, len(X), size)",
        "range(0, len(X), size)",
        "data_parallel",
    ),
    Bug("interop/to_sympy.py", "abs(x) < 2**53", "True", "interop"),
    Bug("systems/delta_231.py", "[w * delta2 * _slope(z)", "[delta2 * _slope(z)", "systems"),
    Bug("cli/vectorize.py", "network(0), quadratic_cost", "network(0), mse_loss", "cli"),
    Bug(
        "teach/vanishing.py",
        "around.get(node, node is order[-1])",
        "around.get(node, False)",
        "diagnose",
    ),
    Bug("teach/causes.py", "a < 0.0 and b != math.floor(b)", "a < 0.0", "diagnose"),
    Bug(
        "teach/checking/search.py",
        "if case.fits(-gives):",
        "if case.fits(gives):",
        "check wrong_papers",
    ),
    Bug("teach/worksheets.py", "Blank(LONG + i)", "Blank(LONG)", "worksheet"),
    Bug("teach/classroom/hints.py", "elif level <= 3:", "elif level < 3:", "classroom"),
    Bug("teach/quiz.py", "<= 2.0 * _tolerance(q.right)", "< 0.0", "quiz"),
    Bug("teach/quiz.py", "html.escape(self.formula)", "self.formula", "quiz"),
    Bug("teach/quiz.py", "not in said]", "in said]", "quiz"),
    Bug("teach/quiz.py", """text.replace("&", "&amp;")""", "text", "quiz"),
    Bug("teach/checking/points.py", "abs(data[v]) / whole", "abs(data[v])", "worksheet"),
    Bug("teach/record/shares.py", "and _is_surprise(factor):", ":", "check"),
    Bug(
        "teach/checking/penalties.py",
        "if v.op not in own]",
        "]",
        "check",
    ),
    Bug(
        "teach/checking/judgement.py",
        "self._is_that_of(first, v) and",
        "",
        "check",
    ),
    Bug("teach/classroom/grading.py", "slip.scale != 1.0", "True", "classroom"),
    Bug("teach/classroom/answer_file.py", "zip_longest(", "zip(", "classroom"),
    Bug("teach/new_numbers.py", "sizes.count(1.0) + len", "len", "worksheet"),
    Bug("teach/classroom/hints.py", "in reversed(line.parts)", "in line.parts", "classroom"),
    Bug("teach/classroom/hints.py", "Quotient(above, _BLANK)", "_BLANK", "classroom"),
    Bug("teach/classroom/grading.py", "self._is(v, left.strip())", "True", "classroom"),
    Bug("teach/checking/passes.py", '("sin", "cos", "tan")', '("sin", "tan")', "wrong_papers"),
    Bug("teach/checking/answers.py", "rel_tol=1e-15", "rel_tol=0.0", "classroom"),
    Bug("teach/checking/mixups.py", "apply(e.node, x.data)", "e.node", "wrong_papers"),
    Bug("teach/checking/symbolic.py", "if not kept and elsewhere:", "if False:", "wrong_papers"),
    Bug("teach/checking/judgement.py", "self.exact[first]) <= unit", "0.0) < 0.0", "rounding"),
    Bug("teach/typed/formula.py", "next(at) in places", "next(at) >= 0", "typed wrong_papers"),
    Bug("teach/typed/reading.py", "if raised == Number(-1.0):", "if False:", "typed"),
    Bug("teach/typed/reading.py", "self._allow(self.depth + quotients)", "", "typed"),
    Bug("teach/typed/folding.py", '.replace("**", "^")', "", "typed"),
    Bug("teach/typed/folding.py", r"|_\{\w+|_\d+|", r"|_\{?\w+|", "typed"),
    Bug("teach/derivation/shorten.py", "if len(same) <= most or seen", "if seen", "derive"),
    Bug(
        "teach/notation/labels.py",
        "last = replace(last, primes=last.primes + sum(",
        "last = replace(last, primes=sum(",
        "formula",
    ),
    Bug("view/live.py", "self._drawn < SECONDS and not last", "self._drawn < SECONDS", "live"),
    Bug("view/rows.py", "and step[tail] != place", "", "rows"),
    Bug("view/network.py", 'if x < 0.0 else "solid"', 'if x <= 0.0 else "solid"', "network_view"),
    Bug(
        "view/numbers.py",
        "if self.text(displayed) == text",
        "if displayed == x",
        "graph_view",
    ),
    Bug("view/plots.py", "_finite(y.local_grads[0])", "_finite(y.data)", "plots"),
    Bug(
        "view/explorer/page/quiz.js",
        "error <= 0.01 * size",
        "error <= 0.1 * size",
        "explorer_predict",
    ),
    Bug(
        "view/explorer/page/curve.js",
        "py(y0 - local * reach)",
        "py(y0 + local * reach)",
        "explorer_curve",
    ),
    # A stranger's, one in a file
    Bug("checkpoints.py", '"seconds": progress.seconds,', '"seconds": 0.0,', "checkpoints"),
    Bug("tensors.py", 'not in "fiu"', 'not in "fiuc"', "states"),
    Bug(
        "predictor.py",
        "if outputs != max(1, len(self.classes)):",
        "if self.classes and outputs != len(self.classes):",
        "wrong_uses",
    ),
    Bug(
        "view/sheet.py",
        '{"ordering": "in"} if ordered',
        '{"ordering": "out"} if ordered',
        "planted_bugs",
    ),
    Bug("view/boundary.py", "horizontal[-1] + step_x / 2", "horizontal[-1] - step_x / 2", "plots"),
    Bug("view/placing.py", "min(max(share, 0.0), 1.0)", "max(share, 0.0)", "planted_bugs"),
    Bug("interop/to_sympy.py", "(k * (s.exp(x) - 1), True)", "(k * s.exp(x) - 1, True)", "interop"),
    Bug("teach/class_set.py", ' or "key" in different:', ":", "worksheet"),
    Bug(
        "teach/exercise.py", "value(v)] for v in answers]", "value(v)] for v in given]", "exercise"
    ),
    Bug("teach/quiz.py", "html.escape(self.numbers)", "self.numbers", "planted_bugs"),
    Bug(
        "teach/classroom/table.py",
        "<p>{html.escape(self.title)}</p>",
        "<p>{self.title}</p>",
        "planted_bugs",
    ),
    Bug("teach/new_numbers.py", 'f"{x:.3g}"', 'f"{x:.6g}"', "planted_bugs"),
    Bug("teach/typed/reading.py", '("_", "[", "\\u0302")', '("_", "[")', "planted_bugs"),
    Bug(
        "teach/typed/folding.py", '("frac", "dfrac", "tfrac")', '("frac", "dfrac")', "planted_bugs"
    ),
    Bug("teach/derivation/gradients.py", "            and not taken\n", "", "planted_bugs"),
    Bug(
        "arrays/models/classes.py",
        'if graph.op[row] == "*" else args',
        'if graph.op[row] in "*-" else args',
        "planted_bugs",
    ),
    Bug(
        "arrays/programs/naming.py",
        "while name in blocks or name in given.values():",
        "while name in blocks:",
        "planted_bugs",
    ),
]


def main(words: list[str]) -> int:
    """Plant each bug, run its tests, and report; the exit status."""
    whole = "--whole" in words
    words = [word for word in words if word != "--whole"]
    chosen = [bug for bug in BUGS if not words or any(word in bug.file for word in words)]
    unnoticed: list[Bug] = []
    stale: list[Bug] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "*.so", "build"))
        for number, bug in enumerate(chosen, 1):
            file = copy / "tinygrad_edu" / bug.file
            text = file.read_text("utf-8") if file.exists() else ""
            if text.count(bug.right) != 1:
                stale.append(bug)
                verdict = f"STALE, found {text.count(bug.right)} times"
            else:
                file.write_text(text.replace(bug.right, bug.wrong), "utf-8")
                found = notices(copy, None if whole else bug.tests.split())
                file.write_text(text, "utf-8")
                if not found:
                    unnoticed.append(bug)
                verdict = found or "NOT NOTICED"
            print(f"{number:3} of {len(chosen)}  {bug.file}: {shown(bug.wrong)}  -> {verdict}")
    planted = len(chosen) - len(stale)
    noticed = planted - len(unnoticed)
    print(f"{noticed} of {planted} noticed ({noticed / max(planted, 1):.0%}), {len(stale)} stale")
    return int(bool(stale) or noticed < 0.95 * planted)


def notices(copy: Path, tests: list[str] | None) -> str:
    """The first test that fails there, or that they do not end; "" where all pass."""
    files = [f"tests/test_{name}.py" for name in tests] if tests else ["tests"]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=300
        )
    except subprocess.TimeoutExpired:
        return "the tests do not end"
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if run.returncode not in (0, 1, 2) or (run.returncode and not failed):
        raise RuntimeError(f"the tests could not be run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return failed[0].split(" - ")[0] if failed else ""


def shown(text: str) -> str:
    """A bug on one line."""
    line = " ".join(text.split()) or "(nothing)"
    return line if len(line) <= 60 else line[:59] + "…"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
