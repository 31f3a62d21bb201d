"""Derivations of 1,000 random graphs: is every line true as it is read?

    python tests/storms/derivations.py          all of them
    python tests/storms/derivations.py 100      fewer

Each line's arithmetic is worked out from its displayed numbers and must round to its displayed
result; each factor must follow from the displayed numbers of its operands, in saturated activations
too, where 1 − a² has fewer digits than a; the arithmetic must hold in LaTeX and in HTML, too; each
chain rule must hold, in text and in LaTeX, for what its symbols mean on the graph.
Prints how many lines were read, and those that are false.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chain_rule_reading import false_chain_rules
from displayed_arithmetic import equations, unfounded, untrue
from graphs import random_graph, saturated_graph
from typeset_arithmetic import untrue_html, untrue_latex

from tinygrad_edu.teach import derive


def main(count: int) -> int:
    """Read the derivations of so many graphs; how many of their lines are false."""
    lines, false = 0, 0
    for seed in range(count):
        digits = 3 + seed % 5
        for root in (random_graph(seed, size=4 + seed % 9), saturated_graph(seed)):
            document = derive(root, detail="full", digits=digits, lr=0.1)
            text = document.text()
            lines += len(list(equations(text)))
            wrong = [*untrue(text, digits), *unfounded(text, digits)]
            wrong += untrue_latex(document.latex(), digits)[1]
            wrong += untrue_html(document.html(), digits)[1]
            for found in (*wrong, *false_chain_rules(root, document)):
                print(f"graph {seed}: {found}")
                false += 1
    print(f"{count} derivations, {lines} lines read, {false} false")
    return false


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1000) > 0)
