"""The Chinese catalogue: every sentence is in it, and what people read is Chinese."""

import gettext
import importlib
import re
from pathlib import Path

import pytest

from tinygrad_edu import Value
from tinygrad_edu.cli.commands import main
from tinygrad_edu.language import using_language
from tinygrad_edu.teach import check_gradients, derive, ledger, try_gradients, worksheet
from tinygrad_edu.view import draw_dot

pofile = pytest.importorskip("babel.messages.pofile", reason="Babel reads the catalogue")
DOCS = Path(__file__).parent.parent / "docs"

# What is the same in both languages: functions, formats, names of the package and of libraries.
KEPT = {"tinygrad", "edu", "python", "svg", "tanh", "sigmoid", "ReLU", "XOR", "MLP", "CSV", "iris"}
KEPT |= {"digits", "NumPy", "PyTorch", "linear", "chain", "logistic", "xor", "relu", "delta"}


@pytest.fixture
def translate(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("translate")


@pytest.fixture
def catalogue(translate):
    with open(translate.CATALOGUE, "rb") as stream:
        return pofile.read_po(stream, locale="zh_CN")


def english(text):
    """The words of a text that are English, the names of options left aside."""
    text = re.sub(r"--[\w-]+", "", text)
    return {word for word in re.findall(r"[A-Za-z]{3,}", text) if word not in KEPT}


def test_every_sentence_is_translated(translate, catalogue):
    assert translate.problems(catalogue) == []


def test_what_is_missing_or_left_over_is_found(translate, catalogue):
    catalogue.delete("Backward pass")
    catalogue.add("Said by nobody", "无人说")
    catalogue["{name} is right."].string = "{nom} 正确。"
    assert translate.problems(catalogue) == [
        "not translated: 'Backward pass'",
        "no longer said: 'Said by nobody'",
        "other places than in English: '{name} is right.'",
    ]


def test_sentences_are_found_where_they_are_said(translate):
    source = """
SUMMARY = "one"
say("two" if x else "three {n}", n=1)
words("four" " and five")
print("six")
"""
    found = [text for text, _ in translate.sentences_of(source)]
    assert sorted(found) == ["four and five", "one", "three {n}", "two"]


def test_what_is_read_is_what_is_compiled(translate, catalogue):
    with open(translate.CATALOGUE.with_suffix(".mo"), "rb") as stream:
        read = gettext.GNUTranslations(stream)
    for message in catalogue:
        if message.id:
            assert read.gettext(message.id) == message.string


def neuron():
    w, x, b = Value(0.5, label="w"), Value(1.5, label="x"), Value(0.1, label="b")
    a = (w * x + b).sigmoid()
    a.label = "a"
    return (a - 1) ** 2


def test_what_is_written_for_people_is_chinese():
    loss = neuron()
    with using_language("zh"):
        texts = [
            str(derive(loss, lr=0.1)),
            str(worksheet(loss, seed=1).sheet),
            str(worksheet(loss, seed=1).key),
            str(check_gradients(loss, {"w": -0.5, "b": -0.126})),
            str(check_gradients(loss, {"w": 1.0})),
            str(try_gradients(loss, {"w": 0.3, "b": None})),
            draw_dot(loss).summary,
            str(ledger(loss)),
        ]
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text), text
        assert english(text) == set(), text
    assert "反向传播" in texts[0]
    assert "前向传播" in texts[0]
    assert "学习率" in texts[0]


@pytest.mark.parametrize("arguments", [["list"], ["chain-111"], ["linear-231"], ["delta-231"]])
def test_the_command_line_is_chinese(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--language", "zh", *arguments]) == 0
    out = capsys.readouterr().out.replace(str(tmp_path), "")
    assert english(out) - {"NAME", "help", "optim", "SGD", "Nielsen"} == set()


def test_help_is_chinese_and_an_unknown_language_is_refused(capsys, monkeypatch):
    with pytest.raises(SystemExit):
        main(["--language", "zh", "xor", "--help"])
    assert "初始权重的随机种子" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--language", "xx", "list"])
    assert "invalid choice: 'xx'" in capsys.readouterr().err
    monkeypatch.setenv("TINYGRAD_EDU_LANGUAGE", "xx")
    assert main(["list"]) == 2
    assert "a language is one of en, zh" in capsys.readouterr().err
