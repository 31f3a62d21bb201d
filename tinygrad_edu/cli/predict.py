"""``python -m tinygrad_edu predict``: what a saved network says of the rows of a table."""

from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..language import say
from ..predictor import Predictor
from ..tables import read_features
from ..text import number

SUMMARY = "predict with a network that `train --save` kept: a CSV table, and a column more"


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu predict``."""
    parser.add_argument(
        "model", type=Path, metavar="MODEL.safetensors", help=say("from train --save")
    )
    parser.add_argument(
        "table", metavar="FILE.csv", help=say("has the columns that the network was trained on")
    )


def run(options: Namespace) -> None:
    """Print the table as CSV with the prediction, of a class its probability too, at the end."""
    predictor = Predictor.load(options.model)
    table = read_features(options.table, predictor.features)
    predicted = predictor.predict(table.X)
    name = say("predicted {target}", target=predictor.target)
    out = csv.writer(sys.stdout, lineterminator="\n")
    if not predictor.classes:
        out.writerow([*table.header, name])
        out.writerows([*row, number(y)] for row, y in zip(table.cells, predicted))
        return
    out.writerow([*table.header, name, say("probability")])
    for row, y, p in zip(table.cells, predicted, predictor.probabilities(table.X)):
        out.writerow([*row, predictor.classes[int(y)], number(max(p), 6)])
