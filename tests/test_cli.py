"""The command line, as a learner and as a shell see it."""

import csv
import io
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu import data
from tinygrad_edu.cli.commands import main
from tinygrad_edu.cli.vectorize import program_of
from tinygrad_edu.losses import mse_loss, quadratic_cost
from tinygrad_edu.nn import MLP
from tinygrad_edu.systems import SYSTEMS, delta_231, xor

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(tinygrad_edu.__file__).parents[1])}


def command(*arguments):
    return [sys.executable, "-m", "tinygrad_edu", *arguments]


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run a command in an empty folder: its exit status, its output and its complaints."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        try:
            status = main(arguments)
        except SystemExit as exit:  # argparse's way out
            status = exit.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def table(tmp_path):
    """A table of two features, of a number that depends on them, and of a class that does."""
    rng = random.Random(1)
    lines = ["a,b,sum,sign"]
    for _ in range(60):
        a, b = rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)
        lines.append(f"{a},{b},{100 * (a + 2 * b) + 7},{'plus' if a > b else 'minus'}")
    for name, columns in (("numbers.csv", [0, 1, 2]), ("classes.csv", [0, 1, 3])):
        rows = [",".join(line.split(",")[i] for i in columns) for line in lines]
        (tmp_path / name).write_text("\n".join(rows))
    return tmp_path


# The systems


def test_without_a_command_the_first_system_runs(run, tmp_path):
    status, output, complaints = run()
    assert (status, complaints) == (0, "")
    for number in ["180", "7200", "120", "4800", "9600", "0.928", "0.452", "0.404"]:
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", output)
    assert "by hand" in output
    assert "identical to the last bit" in output
    drawing = tmp_path / "tinygrad_edu-linear-231.svg"
    assert str(drawing) in output
    assert drawing.read_text().rstrip().endswith("</svg>")
    assert [p.name for p in tmp_path.iterdir()] == [drawing.name]


def test_every_system_is_listed(run):
    status, output, _ = run("list")
    assert status == 0
    assert all(name in output for name in SYSTEMS)


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_runs_in_80_to_100_columns(run, name):
    options = ["--epochs", "20"] if name == "xor" else []
    status, output, complaints = run(name, *options)
    assert (status, complaints) == (0, "")
    lines = [line for line in output.splitlines() if ".svg" not in line]
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", ["linear-231", "chain-111", "logistic", "delta-231"])
def test_systems_are_derived(run, tmp_path, name):
    status, output, complaints = run(name, "--derive")
    assert (status, complaints) == (0, "")
    assert "∂" in output
    assert list(tmp_path.iterdir()) == []


def test_chain_111_takes_any_numbers(run):
    _, output, _ = run("chain-111", "--x", "-3", "--y", "2", "--w1", "0.25", "--w2", "8")
    # z₁ = -¾, ŷ = -6, L = ½·8² = 32, ∂L/∂w₂ = -8·(-¾) = 6, ∂L/∂w₁ = -8·8·(-3) = 192
    assert "= 0.25·(-3) = -0.75" in output
    assert "½(2 − (-6))² = 32" in output
    assert re.search(r"∂L/∂w₂ .* 6 +6 +0\n", output)
    assert re.search(r"∂L/∂w₁ .* 192 +192 +0\n", output)


def test_xor_says_that_it_has_not_been_learned(run):
    _, output, _ = run("xor", "--epochs", "1001")
    assert output.count("XOR is NOT learned") == 3
    assert re.findall(r"^ +(\d+) +0\.\d+$", output, re.MULTILINE) == ["0", "1000"] * 3


def test_delta_231_says_which_limit_stopped_it(run):
    _, output, _ = run("delta-231", "--max-iterations", "50")
    assert "Stopped by the maximum number of iterations, 50." in output
    _, output, _ = run("delta-231", "--tol", "1e-3")
    assert "Stopped by the tolerance" in output


def test_the_drawing_of_delta_231_shows_the_weights_of_the_table(run, tmp_path):
    run("delta-231", "--max-iterations", "20", "-o", "g.dot")
    run("delta-231", "--max-iterations", "1", "-o", "h.dot")
    assert (tmp_path / "g.dot").read_text() == (tmp_path / "h.dot").read_text()


def test_a_drawing_goes_where_it_is_told(run, tmp_path):
    (tmp_path / "g.svg").write_text("old")
    status, output, _ = run("chain-111", "-o", "g.svg")
    assert status == 0
    assert str(tmp_path / "g.svg") in output
    assert "<svg" in (tmp_path / "g.svg").read_text()


def test_a_png_needs_no_program(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    status, output, _ = run("chain-111", "-o", "g.png")
    assert status == 0
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")
    assert "∂L/∂w₁" in output


@pytest.mark.parametrize("path", ["g.txt", "nowhere/g.svg", "."])
def test_a_drawing_that_cannot_be_written_is_refused_at_once(run, path):
    status, output, complaints = run("chain-111", "--out", path)
    assert (status, output) == (2, "")
    assert repr(path) in complaints.splitlines()[-1]


def test_info_tells_the_build(run):
    status, output, _ = run("info")
    assert status == 0
    assert "compiled" in output or "plain Python" in output


# Training


@pytest.mark.parametrize("name", ["iris", "classes.csv"])
def test_a_classification_is_scored_on_held_out_rows(run, table, name):
    if name == "iris":
        pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    target = [] if name == "iris" else ["--target", "sign", "--hidden", "8"]
    status, output, complaints = run("train", name, *target)
    assert (status, complaints) == (0, "")
    assert float(re.search(r"held-out rows: accuracy ([\d.]+) %", output)[1]) > 85.0


def test_a_regression_is_scored_on_held_out_rows(run, table):
    status, output, _ = run("train", "numbers.csv", "--target", "sum", "--hidden", "8")
    assert status == 0
    assert float(re.search(r"held-out rows: R² ([\d.]+), RMSE", output)[1]) > 0.95


def test_the_same_seed_gives_the_same_numbers(run, table):
    def numbers(seed):
        _, output, _ = run("train", "classes.csv", "--target", "sign", "--epochs", "3", *seed)
        return re.sub(r"in [\d.]+ s", "", output)

    assert numbers(["--seed", "5"]) == numbers(["--seed", "5"])
    assert numbers(["--seed", "5"]) != numbers(["--seed", "6"])


def test_a_table_of_two_rows_is_enough(run, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n3,4\n")
    status, output, _ = run("train", "t.csv", "--target", "y", "--epochs", "2")
    assert status == 0
    assert "R² is undefined" in output


def test_what_is_wrong_with_a_file_is_one_line(run, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n3,4\nfive,6\n")
    status, output, complaints = run("train", "t.csv", "--target", "y")
    assert (status, output) == (2, "")
    assert complaints == "tinygrad_edu: error: t.csv, line 4, column 'x': 'five' is not a number\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["none.csv", "--target", "y"], "none.csv: No such file or directory"),
        ([".", "--target", "y"], ".: Is a directory"),
        (["none.csv"], "--target COLUMN"),
        (["iris", "--target", "y"], "iris has a target of its own"),
        (["iris", "--epochs", "0"], "'0' is not a whole number of at least 1"),
        (["iris", "--epochs", "1.5"], "'1.5' is not a whole number"),
        (["iris", "--lr", "0"], "'0' is not a number above 0"),
        (["iris", "--lr", "nan"], "'nan' is not a finite number"),
        (["iris", "--batch-size", "-1"], "'-1' is not a whole number"),
        (["iris", "--hidden", "16,,16"], "'' is not a whole number"),
        (["iris", "--test-fraction", "1"], "'1' does not lie between 0 and 1"),
        (["iris", "--seed", "x"], "'x' is not a whole number"),
    ],
)
def test_what_is_wrong_with_the_options_is_told(run, arguments, complaint):
    status, output, complaints = run("train", *arguments)
    assert (status, output) == (2, "")
    assert complaint in complaints.splitlines()[-1]


def test_without_scikit_learn_its_data_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    status, output, complaints = run("train", "iris")
    assert (status, output) == (2, "")
    assert "pip install scikit-learn" in complaints


def test_a_device_that_is_not_there_is_told(run, table):
    pytest.importorskip("torch")
    status, _, complaints = run(
        "train", "numbers.csv", "--target", "sum", "--backend", "torch:moon"
    )
    assert status == 2
    assert complaints.startswith("tinygrad_edu: error: PyTorch finds no device 'moon' here")


def test_a_training_that_diverges_says_where(run, table):
    status, _, complaints = run("train", "numbers.csv", "--target", "sum", "--lr", "1e300")
    assert status == 1
    assert "the loss became" in complaints
    assert "Traceback" not in complaints


# The shell around it


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_ctrl_c_ends_a_run_with_what_was_learned(table):
    process = subprocess.Popen(
        command("train", "classes.csv", "--target", "sign", "--epochs", "1000000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=table,
        env=ENVIRONMENT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while "epoch" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    output, complaints = process.communicate(timeout=60)
    assert re.search(r"Interrupted: \d+ of 1000000 epochs", output)
    assert "held-out rows: accuracy" in output
    assert complaints == "interrupted\n"
    assert process.returncode == 130


@pytest.mark.skipif(os.name == "nt", reason="pipes as POSIX has them")
def test_a_pipe_that_is_closed_early_is_no_error(tmp_path):
    process = subprocess.Popen(
        command("chain-111"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=ENVIRONMENT,
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


def test_greek_is_spelled_out_where_the_output_has_none(tmp_path):
    result = subprocess.run(
        command("chain-111"),
        capture_output=True,
        cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    output = result.stdout.decode("ascii")
    assert "L  = 1/2(y - y^)^2 = 1/2(1 - 3)^2 = 2" in output
    assert "dL/dw2" in output
    assert "?" not in output


def test_a_terminal_gets_a_progress_bar_and_a_pipe_does_not(tmp_path):
    termios = pytest.importorskip("termios", reason="terminals as POSIX has them")
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    result = subprocess.run(
        command("linear-231"), stdout=subprocess.PIPE, stderr=theirs, cwd=tmp_path, env=ENVIRONMENT
    )
    bar = os.read(ours, 10_000).decode()
    os.close(theirs)
    os.close(ours)
    assert "100/100" in bar
    assert "100/100" not in result.stdout.decode()


# A network that is kept


def predictions(output):
    return [dict(row) for row in csv.DictReader(io.StringIO(output))]


def test_a_saved_network_predicts_what_it_was_scored_on(run, table):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    arguments = ["--target", "sign", "--hidden", "8", "--save", "model.safetensors"]
    _, output, _ = run("train", "classes.csv", *arguments)
    right = sum(map(int, re.findall(r"\((\d+) right\)", output)))
    status, output, complaints = run("predict", "model.safetensors", "classes.csv")
    assert (status, complaints) == (0, "")
    rows = predictions(output)
    assert len(rows) == 60
    assert sum(row["predicted sign"] == row["sign"] for row in rows) == right
    assert all(0.5 <= float(row["probability"]) <= 1.0 for row in rows)


def test_a_regression_predicts_in_the_units_of_its_table(run, table):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    run("train", "numbers.csv", "--target", "sum", "--hidden", "8", "--save", "m.safetensors")
    # Columns in another order, one that is not needed, none that is predicted.
    (table / "new.csv").write_text("b;who;a\n0.5;x;0.25\n-0.5;y;0\n")
    status, output, _ = run("predict", "m.safetensors", "new.csv")
    rows = predictions(output)
    assert (status, [row["who"] for row in rows]) == (0, ["x", "y"])
    for row, (a, b) in zip(rows, [(0.25, 0.5), (0.0, -0.5)]):
        assert float(row["predicted sum"]) == pytest.approx(100 * (a + 2 * b) + 7, abs=25)


def test_what_cannot_be_predicted_is_one_line(run, table):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    run("train", "numbers.csv", "--target", "sum", "--epochs", "1", "--save", "m.safetensors")
    (table / "short.csv").write_text("a\n1\n")
    (table / "no.safetensors").write_bytes(b"\0" * 20)
    MLP(2, [1]).save("bare.safetensors")
    for arguments, complaint in [
        (["m.safetensors", "short.csv"], "short.csv, line 1: no column 'b'; the columns are 'a'"),
        (["no.safetensors", "numbers.csv"], "no.safetensors is no whole safetensors file"),
        (["bare.safetensors", "numbers.csv"], "bare.safetensors holds no model with the names"),
        (["none.safetensors", "numbers.csv"], "none.safetensors: No such file or directory"),
    ]:
        status, output, complaints = run("predict", *arguments)
        assert (status, output) == (2, "")
        assert complaints.startswith(f"tinygrad_edu: error: {complaint}")
        assert complaints.count("\n") == 1
    status, _, complaints = run("train", "numbers.csv", "--target", "sum", "--save", "m.txt")
    assert status == 2
    assert "'m.txt' does not end in .safetensors" in complaints


def test_a_column_that_was_constant_in_training_teaches_nothing(run, tmp_path):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    (tmp_path / "t.csv").write_text("a,b,y\n" + "".join(f"{i},5,{2 * i}\n" for i in range(8)))
    run("train", "t.csv", "--target", "y", "--epochs", "2", "--save", "m.safetensors")
    (tmp_path / "new.csv").write_text("a,b\n1,5\n1,500\n")
    _, output, _ = run("predict", "m.safetensors", "new.csv")
    first, second = predictions(output)
    assert first["predicted y"] == second["predicted y"]


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_as_array_operations(run, name):
    pytest.importorskip("numpy", reason="array programs need NumPy")
    status, output, complaints = run("vectorize", name)
    assert (status, complaints) == (0, "")
    assert "def loss_and_gradient(theta" in output
    assert re.search(r"# \d+ operations on scalars, as \d+ on arrays\n$", output)


def test_the_array_programs_of_two_systems_have_their_own_losses():
    np = pytest.importorskip("numpy", reason="array programs need NumPy")
    points, targets = data.xor()
    for name, model, loss in (
        ("delta-231", delta_231.network(0), quadratic_cost),
        ("xor", xor.pytorch_network(0), mse_loss),
    ):
        program = program_of(name)
        found, _ = program(program.data(), np.array(points), np.array(targets))
        assert found == pytest.approx(loss([model(x) for x in points], targets).data, rel=1e-12)


def test_vectorize_without_a_name_prints_xor(run):
    pytest.importorskip("numpy", reason="array programs need NumPy")
    assert run("vectorize") == run("vectorize", "xor")
    assert "    Z1 = X @ W1.T + b1 " in run("vectorize")[1]
    assert "\n# X = [40.0, 80.0]\n# " in run("vectorize", "linear-231")[1]
    assert run("vectorize", "nothing")[0] == 2


def test_a_target_of_zeros_and_ones_is_learned_as_two_classes(tmp_path, capsys):
    path = tmp_path / "ill.csv"
    rows = [f"{i % 7},{int(i % 7 > 3)}" for i in range(40)]
    path.write_text("\n".join(["dose,ill", *rows]))
    command = ["train", str(path), "--target", "ill", "--epochs", "2", "--hidden", "2"]
    main(command)
    out = capsys.readouterr().out
    assert "2 classes, 0 and 1 (a regression: --as numbers)" in out
    assert "accuracy" in out
    main([*command, "--as", "numbers"])
    assert "regression of 'ill'" in capsys.readouterr().out
