"""Every line that the systems' tutorials derive is printed by its system."""

import re

import pytest

from tinygrad_edu import Value
from tinygrad_edu.cli.commands import main
from tinygrad_edu.systems import chain_111, delta_231, logistic
from tinygrad_edu.teach import derive


@pytest.fixture
def printed(capsys):
    def run(*arguments):
        assert main(list(arguments)) == 0
        return re.sub(r"[ \n]+", " ", capsys.readouterr().out)

    return run


def all_in(text, lines):
    assert [line for line in lines if line not in text] == []


def test_linear_231(printed):
    text = printed("linear-231", "--derive", "--input-first")
    all_in(
        text,
        [
            "z₁ = w′₁₁ · x₁ + w′₂₁ · x₂ = 0.5 · 40 + 0.5 · 80 = 60",
            "z₂ = w′₁₂ · x₁ + w′₂₂ · x₂",
            "z₃ = w′₁₃ · x₁ + w′₂₃ · x₂",
            "L = ½ · (y − ŷ)² = ½ · (60 − 180)² = 7200",
            "ŷ = w″₁₁ · z₁ + w″₂₁ · z₂ + w″₃₁ · z₃",
            "∂L/∂ŷ = ½ · 2 · (y − ŷ) · (−1) = ŷ − y = 180 − 60 = 120",
            "w′ᵢⱼ leads from xᵢ to zⱼ: the input's index comes first, as in the tutorial",
        ],
    )
    for j in "₁₂₃":
        assert re.search(rf"∂L/∂w′₁{j} = [^=]* = [^=]* = 120 · 1 · 40 = 4800", text)
        assert re.search(rf"∂L/∂w′₂{j} = [^=]* = [^=]* = 120 · 1 · 80 = 9600", text)
        assert re.search(rf"∂L/∂w″{j}₁ = .* = 7200", text)
        assert f"w′₁{j} ← w′₁{j} − η · ∂L/∂w′₁{j} = 0.5 − 1e-5 · 4800 = 0.452" in text
    usual = printed("linear-231", "--derive")
    assert "z₁ = w′₁₁ · x₁ + w′₁₂ · x₂" in usual
    assert "w′ⱼᵢ leads from xᵢ to zⱼ: the neuron's index comes first" in usual


def test_linear_231_prints_all_hundred_epochs(printed, tmp_path):
    text = printed("linear-231", "--all-epochs", "--input-first", "--out", str(tmp_path / "g.svg"))
    assert "∂L/∂w″₂₁ (ŷ − y)·z₂ 7200 7200 0" in text
    table = text.split("prediction and loss before each")[1]
    epochs = re.findall(r" (\d+) [\d.e-]+ [\d.e-]+", table)
    assert [int(e) for e in epochs[:100]] == list(range(100))
    assert "99 60.0000007039146" in text


def test_chain_111(printed, tmp_path):
    text = printed("chain-111", "--derive", "--lr", "0.05")
    all_in(
        text,
        [
            "∂L/∂w₂ = −(y − ŷ)·z₁ = −(1 − 3)·1 = 2",
            "∂L/∂w₁ = −(y − ŷ)·w₂·x = −(1 − 3)·3·2 = 12",
            "w₁ ← w₁ − η · ∂L/∂w₁ = 0.5 − 0.05 · 12 = −0.1",
            "w₂ ← w₂ − η · ∂L/∂w₂ = 3 − 0.05 · 2 = 2.9",
        ],
    )
    other = printed("chain-111", "--x", "-3", "--w2", "0.5", "--derive")
    assert "∂L/∂w₁ = −(y − ŷ)·w₂·x = −(1 − (-0.75))·0.5·(-3) = 2.625" in other


def test_logistic(printed):
    text = printed("logistic", "--derive")
    all_in(
        text,
        [
            "∂J/∂a = −y/a + (1 − y) / (1 − a) = ",
            "∂a/∂z = a · (1 − a) = ",
            "∂z/∂w₁ = x₁ = 1.5",
            "∂z/∂w₂ = x₂ = −2",
            "= (a − y) · x₁ = (0.7941296 − 1) · 1.5 = −0.308806",
            "∂J/∂b = ∂J/∂a · ∂a/∂z · ∂z/∂b = ",
            "= a − y = 0.79413 − 1 = −0.20587",
            "∂J/∂wⱼ = 1/m Σᵢ (h(x⁽ⁱ⁾) − y⁽ⁱ⁾)·xⱼ⁽ⁱ⁾",
            "z₁ = W₁x + b₁ a₁ = σ(z₁) z₂ = W₂a₁ + b₂ a₂ = σ(z₂)",
            "δₕ = (Σₖ Wₕₖδₖ)·σ′(zₕ)",
            "∂J/∂Wⱼₖ = aⱼδₖ",
            "δ₂ = a₂ − y ∂J/∂W₂ = a₁ᵀδ₂ ∂J/∂b₂ = the column sums of δ₂",
            "W ← W − α·∂J/∂W",
            "δ₁ = δ₂W₂ᵀ ⊙ σ′(z₁) ∂J/∂W₁ = Xᵀδ₁ ∂J/∂b₁ = the column sums of δ₁",
            "Its listing has these sums; its formulas, and this system, divide them by m.",
            "w₁ ← w₁ − α · ∂J/∂w₁ = ",
        ],
    )


def test_logistic_in_matrix_form(printed):
    pytest.importorskip("numpy", reason="the matrix form is read from the array program")
    text = printed("logistic", "--derive", "--matrix")
    all_in(
        text,
        [
            "z = wᵀ x + b",
            "δ = ∂J/∂a · σ′(z) = a − y",
            "Z⁽¹⁾ = X (W⁽¹⁾)ᵀ + 𝟏 (b⁽¹⁾)ᵀ",
            "δ⁽²⁾ = ∂J/∂a⁽²⁾ ⊙ σ′(z⁽²⁾) = 1/3 · (a⁽²⁾ − y)",
            "Δ⁽¹⁾ = δ⁽²⁾ W⁽²⁾ ⊙ σ′(Z⁽¹⁾)",
            "∂J/∂W⁽¹⁾ = (Δ⁽¹⁾)ᵀ X",
            "W⁽¹⁾ ← W⁽¹⁾ − α · ∂J/∂W⁽¹⁾",
        ],
    )


def test_delta_231(printed):
    text = printed("delta-231", "--derive")
    sums = [f"z¹{j} = w¹{j}₁ · x₁ + w¹{j}₂ · x₂ + b¹{j}" for j in "₁₂₃"]
    all_in(
        text,
        [
            *sums,
            *[f"a¹{j} = σ(z¹{j})" for j in "₁₂₃"],
            "z²₁ = w²₁₁ · a¹₁ + w²₁₂ · a¹₂ + w²₁₃ · a¹₃ + b²₁",
            "aˡ = σ(zˡ) = σ(Wˡaˡ⁻¹ + bˡ)",
            "C = 1/(2N) Σ‖y − a‖²",
            "∂C/∂wˡ = ∂C/∂aˡ · ∂aˡ/∂zˡ · ∂zˡ/∂wˡ",
            "(1, 2) ⊙ (3, 4) = (3, 8)",
            "δᴸ = (aᴸ − y) ⊙ σ′(zᴸ)",
            "∂C/∂wˡ = δˡaˡ⁻¹ ∂C/∂bˡ = δˡ",
            "zˡ⁺¹ = Wˡ⁺¹σ(zˡ) + bˡ⁺¹",
            "∂zˡ⁺¹/∂zˡ = Wˡ⁺¹ diag(σ′(zˡ))",
            "δˡ = (Wˡ⁺¹)ᵀδˡ⁺¹ ⊙ σ′(zˡ)",
            "δ²₁ = ∂C/∂z²₁ = ",
            "w ← w − η·∂C/∂w b ← b − η·∂C/∂b",
            "Training stops after a number of iterations, or when the error changes by less",
            "It counts the input as layer 1 and neurons from 0",
        ],
    )


def test_delta_231_in_matrix_form(printed):
    pytest.importorskip("numpy", reason="the matrix form is read from the array program")
    text = printed("delta-231", "--derive", "--matrix")
    all_in(text, ["a¹ = σ(z¹)", "δ¹ = (W²)ᵀ δ² ⊙ σ′(z¹)", "∂C/∂W¹ = δ¹ xᵀ", "∂C/∂b¹ = δ¹"])


@pytest.mark.parametrize("system", ["linear-231", "chain-111", "xor", "relu-10-20-1"])
def test_every_system_has_a_matrix_form_with_its_update(printed, system):
    pytest.importorskip("numpy", reason="the matrix form is read from the array program")
    text = printed(system, "--derive", "--matrix")
    assert "in matrix form" in text
    assert " ← " in text


def test_the_same_lines_in_latex():
    one = derive(logistic.graph(), detail="full", lr=Value(1.0, "α")).latex().replace("&=", "=")
    all_in(
        one,
        [
            r"\frac{\partial J}{\partial a} = -\frac{y}{a} + \frac{1 - y}{1 - a}",
            r"\frac{\partial a}{\partial z} = a \cdot (1 - a)",
            r"\frac{\partial z}{\partial w_{1}} = x_{1} = 1.5",
            r"= (a - y) \cdot x_{1}",
            r"\alpha \cdot \frac{\partial J}{\partial w_{1}}",
        ],
    )
    chain = derive(chain_111.graph()).latex().replace("&=", "=")
    all_in(
        chain,
        [
            r"\frac{\partial L}{\partial w_{2}}",
            r"\cdot z_{1}",
            r"\frac{\partial L}{\partial w_{1}}",
        ],
    )
    recursion = derive(delta_231.graph(), detail="full").latex().replace("&=", "=")
    all_in(recursion, [r"\delta^{2}_{1} = \frac{\partial C}{\partial z^{2}_{1}}"])
    sums = [
        rf"z^{{1}}_{{{j}}} = w^{{1}}_{{{j}1}} \cdot x_{{1}} + w^{{1}}_{{{j}2}} \cdot x_{{2}} + "
        for j in (1, 2, 3)
    ]
    all_in(recursion, sums)
