"""Formulas from text: what they mean, and that nothing else than a formula is ever read."""

from __future__ import annotations

import keyword
import re
import time
import tomllib
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
import sympy as sp
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from symbp import Network, derive, generate
from symbp.errors import FormulaError
from symbp.formula import names, parse
from symbp.study.domain import domain
from symbp.views import derivation_text

Z, A = sp.symbols("z a", real=True)
LETTERS = {"z": Z, "a": A}
BAD = tomllib.loads((Path(__file__).parent / "bad_formulas.toml").read_text())["formulas"]
QUICK = settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
SECONDS = 6.0  # of 2 on an idle machine


def read(text: str, **more: sp.Expr) -> sp.Expr:
    """A formula in z, a and more letters."""
    return parse(text, {**LETTERS, **more}, "activation")


def value(expr: sp.Expr, z: object, a: object = 2) -> mpmath.mpf:
    """The value at a point, 30 digits."""
    with mpmath.workdps(30):
        return mpmath.mpf(sp.N(expr.subs({Z: sp.sympify(z), A: sp.sympify(a)}), 30))


def refused(text: str) -> FormulaError | None:
    """The error for some text, None if it is a formula; any other exception fails the test."""
    start = time.process_time()
    try:
        read(text)
        names(text)
        error = None
    except FormulaError as found:
        error = found
    assert time.process_time() - start < SECONDS
    return error


def ends_well(text: str) -> bool:
    """Whether some text is a formula, or its error says what was found and what to do."""
    error = refused(text)
    return error is None or (bool(error.found) and bool(error.remedy) and len(str(error)) < 1000)


def test_the_corpus_is_large():
    """Each text once."""
    assert len({case["text"] for case in BAD}) == len(BAD) >= 300


@pytest.mark.parametrize("case", BAD, ids=lambda case: ascii(case["text"][:30]))
def test_bad_formulas_are_refused_at_their_column(case):
    """A FormulaError with the column, what was found, what to do, and the text with a caret."""
    with pytest.raises(FormulaError) as caught:
        parse(case["text"], {"z": Z}, "activation")
    error = caught.value
    assert error.where == "activation"
    assert error.found.startswith(f"column {case['column']}: ")
    assert case["said"] in error.found
    assert case.get("remedy", "") in error.remedy
    shown, caret, remedy = error.remedy.split("\n")
    assert caret.strip() == "^"
    assert remedy.strip()
    assert len(caret) - 3 <= len(shown) <= 80
    assert str(error).replace("\n", "").isprintable()


MEANINGS = [
    ("0.1*z", Z / 10),
    ("1e-3*z", Z / 1000),
    (".5*z + 5.", Z / 2 + 5),
    ("e**z", sp.exp(Z)),
    ("2**z", sp.exp(Z * sp.log(2))),
    ("pi*z", sp.pi * Z),
    ("-z**2", -(Z**2)),
    ("z**-1", 1 / Z),
    ("z**0.5", sp.sqrt(Z)),
    ("pow(z, 3)", Z**3),
    ("2**3**2*z", 512 * Z),
    ("z/2/3", Z / 6),
    ("log10(z)", sp.log(Z) / sp.log(10)),
    ("1 if z > 0 else -1", sp.Piecewise((1, Z > 0), (-1, True))),
    ("where(z > 0, 1, -1)", sp.Piecewise((1, Z > 0), (-1, True))),
    ("max(z, 0)", sp.Piecewise((Z, Z > 0), (0, True))),
    ("max(0, z)", sp.Piecewise((0, Z < 0), (Z, True))),
    ("min(z, 0)", sp.Piecewise((Z, Z < 0), (0, True))),
    ("relu(z)", sp.Piecewise((Z, Z > 0), (0, True))),
    ("where(2 > 1, z, 0)", Z),
    (r"\frac12 z", Z / 2),
    (r"\frac{z}{1+e^{-z}}", Z / (1 + sp.exp(-Z))),
    (r"\tanh^2 z", sp.tanh(Z) ** 2),
    (r"\tanh^{2}(z)", sp.tanh(Z) ** 2),
    (r"\left|z\right|\cdot 1", sp.Abs(Z)),
    (r"\lvert z \rvert", sp.Abs(Z)),
    ("e^{-z^2}", sp.exp(-(Z**2))),
    (r"2z\exp(-z)", 2 * Z * sp.exp(-Z)),
    (r"z^10 \pi", 0 * Z),  # as in TeX: z to the 1, times 0
    (r"\sqrt{z}", sp.sqrt(Z)),
    (r"\max(z, 0)", sp.Piecewise((Z, Z > 0), (0, True))),
    (r"\sigma(z)", 1 / (1 + sp.exp(-Z))),
    (r"\operatorname{erf}(z)", sp.erf(Z)),
    (r"a z \times 2", 2 * A * Z),
    (r"\begin{cases} z & z > 0 \\ a(e^z - 1) & \text{otherwise} \end{cases}",
     sp.Piecewise((Z, Z > 0), (A * (sp.exp(Z) - 1), True))),
    ("$2z$", 2 * Z),
    (r"\begin{cases} z & \text{if } z \ge 1 \\ 0 & \text{else}\end{cases}",
     sp.Piecewise((Z, Z >= 1), (0, True))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_text_means(text, meaning):
    """Numbers are exact, and LaTeX and Python's way mean the same."""
    assert read(text) == meaning


def test_greek_letters_are_names():
    """A constant that is called beta or beta_1 stands as \\beta or \\beta_1 in LaTeX."""
    beta, first = sp.symbols("beta beta_1", real=True)
    text = r"\beta z + \beta_1 z^2 + \beta_{1}"
    assert read(text, beta=beta, beta_1=first) == beta * Z + first * Z**2 + first
    assert names(text) == ("beta", "z", "beta_1")


CHOICES = [
    ("where(0 < z < 1, 1, 0)", lambda z: 0 < z < 1),
    ("where(0 <= z <= 1, 1, 0)", lambda z: 0 <= z <= 1),
    ("where(z < 0 or z > 1, 1, 0)", lambda z: z < 0 or z > 1),
    ("where(not (z < 0 or z > 1), 1, 0)", lambda z: not (z < 0 or z > 1)),
    ("where(not (z > 0 and z < 1), 1, 0)", lambda z: not 0 < z < 1),
    ("where(not not z > 0, 1, 0)", lambda z: z > 0),
    ("where(z > 0 and (z < 1 or z > 2), 1, 0)", lambda z: z > 0 and (z < 1 or z > 2)),
    ("where(relu(z) > 1, 1, 0)", lambda z: max(z, 0) > 1),
    ("where(1 - 2*relu(z) < abs(z), 1, 0)", lambda z: 1 - 2 * max(z, 0) < abs(z)),
    ("where(where(z > 1, z, 3) > where(z < 2, 2, z), 1, 0)",
     lambda z: (z if z > 1 else 3) > (2 if z < 2 else z)),
    ("clip(z, 0, 1)", lambda z: min(max(z, 0), 1)),
    ("clip(clip(2*z, -1, 1), 0, 1)", lambda z: min(max(2 * z, 0), 1)),
    ("max(z, 0, 1 - z)", lambda z: max(z, 0, 1 - z)),
    ("min(z, 1, 2*z)", lambda z: min(z, 1, 2 * z)),
    ("min(max(z, -1), max(1, 3 - z))", lambda z: min(max(z, -1), max(1, 3 - z))),
    ("minimum(z, maximum(z**2, 1))", lambda z: min(z, max(z * z, 1))),
    ("1 if z > 1 else 2 if z > 0 else 3", lambda z: 1 if z > 1 else 2 if z > 0 else 3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), CHOICES, ids=[text for text, _ in CHOICES])
def test_choices_choose_as_python_does(text, meaning):
    """At, between and beyond the kinks; conditions hold comparisons, `and` and `or` alone."""
    expr = read(text)
    assert not expr.has(sp.Not, sp.ITE)
    for z in [Fraction(k, 4) for k in range(-12, 17)]:
        assert expr.subs(Z, sp.Rational(z)) == sp.Rational(Fraction(meaning(z))), z


KINKS = [
    ("max(z, 0)", 0, 0), ("max(0, z)", 0, 1), ("min(z, 0)", 0, 0), ("min(0, z)", 0, 1),
    ("clip(z, 0, 1)", 0, 1), ("clip(z, 0, 1)", 1, 1), ("relu(z)", 0, 0),
    ("where(z >= 0, z, 0)", 0, 1), ("where(z > 0, z, 0)", 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at", "slope"), KINKS)
def test_slopes_at_ties(text, at, slope):
    """At a tie the later argument counts; clip is open at both ends, as torch.clamp is."""
    assert sp.diff(read(text), Z).subs(Z, at) == slope


HARD = [
    "sin(1e400)*z", "log(1e400*z)", "exp(1e400)*z", "exp(exp(1e400))*z", "cos(pi/65537)*z",
    "where(exp(exp(exp(exp(exp(10))))) > 1, z, 0)", "acos(cos(1e400))*z", "gamma(1e9)*z",
    "((((2*z)**64)**64)**64)**64", "((9e99*z)**64)", "where(sin(1)**2 + cos(1)**2 > 1, z, 0)",
    "max(z,z**2,z**3,z**4,z**5,z**6,z**7,z**8)", "max(max(z,sin(z),exp(z)),max(tan(z),1/z))",
    "min(max(" * 12 + "z" + ",1),2)" * 12, "clip(" * 15 + "z" + ",z,z**2)" * 15,
    "relu(" * 40 + "z" + ")" * 40, "max(z," * 40 + "z" + ")" * 40,
    "where(" * 12 + "z>0" + ",z,1)>0" * 11 + ",z,1)",
    "where(" + " and ".join(f"(sin({k}*z)>{k} or z<-{k})" for k in range(12)) + ",z,1)",
    "*".join(f"(z+{k})**{k + 40}" for k in range(24)), "(" * 10 + "z" + "+1)**64" * 10,
    "(" + "+".join(f"sqrt({p})" for p in range(2, 60)) + ")**9*z", "exp(" * 40 + "z" + ")" * 40,
    "hypot(z," * 20 + "1" + ")" * 20, "silu(" * 14 + "z" + ")" * 14, "+".join(["z"] * 400),
]  # fmt: skip


@pytest.mark.parametrize("text", HARD, ids=lambda text: text[:30])
def test_what_is_hard_for_sympy_ends_soon(text):
    """A formula or an error, neither huge, within seconds."""
    assert ends_well(text)


NUMBERS = st.sampled_from(["1", "2", "3", "0.5", "0.1", "7", "1.25", "pi", "e"])
LEAVES = st.sampled_from([Z, A, sp.Integer(2), sp.Rational(1, 3), sp.Rational(-5, 4), sp.pi])
ONE = (sp.exp, sp.tanh, sp.sin, sp.cos, sp.atan, sp.erf, sp.asinh, sp.Abs)


def larger_trees(inner: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
    """Sums, products, powers and functions; nothing whose value may be huge or not real."""
    return st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a / (2 + sp.sin(b)), inner, inner),
        st.builds(lambda a, n: a**n, inner, st.integers(2, 3)),
        st.builds(lambda f, a: f(sp.tanh(a)), st.sampled_from(ONE), inner),
    )


TREES = st.recursive(LEAVES, larger_trees, max_leaves=6)
POINTS = st.tuples(*[st.fractions(-3, 3, max_denominator=16)] * 2)


def same(text: str, expr: sp.Expr, at: tuple[object, object]) -> None:
    """The text read back has the value of the expression."""
    got, wanted = (value(e, *(sp.Rational(str(v)) for v in at)) for e in (read(text), expr))
    assert abs(got - wanted) <= mpmath.mpf(10) ** -22 * (1 + abs(wanted)), text


@QUICK
@given(TREES, POINTS)
def test_python_text_reads_back(expr, at):
    """What SymPy prints means what it was."""
    text = sp.sstr(expr).replace("Abs(", "abs(")
    error = refused(text)
    assert error is None or "too" in error.found, error
    if error is None:
        same(text, expr, at)


@QUICK
@given(TREES, POINTS)
def test_latex_reads_back(expr, at):
    """So does SymPy's LaTeX."""
    text = f"${sp.latex(expr)}$"
    error = refused(text)
    assert error is None or "too" in error.found, error
    if error is None:
        same(text, expr, at)


PIECES = st.sampled_from([
    *keyword.kwlist, *("__class__", "__import__", "__builtins__", "os", "np", "eval", "exec", "_"),
    *("z", "a", "exp", "where", "max", "log", "pi", "e", "sum", "relu", "clip", "1", "0", "1e9"),
    *("1e400", "0.1", "1j", "'", '"', '"""', "\\", "\\frac", "\\exp", "\\begin{cases}", "\\input"),
    *("\\end{cases}", "\\text", "\\sqrt", "\\max", "\\left", "&", "\\\\", "{", "}", "(", ")", "["),
    *("]", "+", "-", "*", "**", "/", "//", "%", "@", "<<", ">>", "&", "|", "^", "~", ":=", "=="),
    *("<", ">", "<=", ">=", "!=", ",", ".", ":", ";", "->", " ", "\n", "\t", "\0", "#", "$", "`"),
    *("_", "\u2212", "\u0435", "\u200b", "\ud800", "{{", "}}", "{%", "\\N{DIGIT ONE}", "\\x41"),
])  # fmt: skip


@settings(QUICK, max_examples=1500)
@given(st.lists(PIECES, max_size=14).map("".join))
@example("\\text{}")
@example("\\begin{cases}\\end{cases}")
def test_evil_text_is_a_formula_or_refused(text):
    """Keywords, dunders, operators and TeX in any order."""
    assert ends_well(text)


@settings(QUICK, max_examples=500)
@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(text):
    """Any characters at all."""
    assert ends_well(text)


GOOD = [text for text, _ in (*MEANINGS, *CHOICES)]


@settings(QUICK, max_examples=1000)
@given(st.sampled_from(GOOD), st.integers(0, 200), st.integers(0, 6), PIECES)
def test_mutated_formulas_are_formulas_or_refused(text, start, length, piece):
    """A formula with a part cut out and something else put in."""
    start %= len(text)
    assert ends_well(text[:start] + piece + text[start + length :])


DOMAINS = [
    ("log(z)", "z > 0"), ("sqrt(z)", "z >= 0"), ("1/z", "z != 0"), ("asin(z)", "-1 <= z <= 1"),
    ("atanh(z)", "-1 < z < 1"), ("log(1-z)", "z < 1"), ("log1p(z)", "z > -1"),
    ("sqrt(z**2-2)", "z <= -sqrt(2) or z >= sqrt(2)"), ("1/(z**2-4)", "z != -2, z != 2"),
    ("log(log(z))", "z > 1"), ("acosh(z)", "z >= 1"), ("log(exp(z)-2)", "z > log(2)"),
    ("where(z>0, log(z), 0)", ""), ("log(1+exp(z))", ""), ("1/(1+exp(-z))", ""), ("z*tanh(z)", ""),
    ("sqrt(z**2+1)", ""), ("abs(z)", ""), ("log(-z**2-1)", "nowhere"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), DOMAINS)
def test_domains_are_stated(text, words):
    """What is undefined somewhere is accepted, and says where."""
    assert domain(read(text), Z) == words


@pytest.mark.parametrize("text", ["tan(z)", "log(sin(z))"])
def test_domains_without_end(text):
    """Where there are gaps without end one of them is named."""
    assert re.fullmatch(r"not all real z: it ends at z = \S+, for one", domain(read(text), Z))


def test_derivations_and_modules_state_the_domain():
    """In the text view's head and in the module's docstring; nothing where it is everywhere."""
    network = Network(sizes=[1, 1], activation="z + log(z - b)", constants={"b": "0.5"})
    text = derivation_text(network, derive(network), None, True)
    assert "layer 1, own activation, is defined for z > 0.5\n" in text
    assert "(defined for z > 0.5)" in generate(network)
    everywhere = Network(sizes=[1, 1], activation="z*tanh(z)")
    assert "is defined for" not in derivation_text(everywhere, derive(everywhere), None, True)
    assert "(defined for" not in generate(everywhere)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sin(" * 30 + "z" + ")" * 30, "functions nested too deep"),
        ("tanh(z*" * 12 + "z" + ")" * 12, "functions nested too deep"),
        ("z + 1e400", "a number beyond float64"),
    ],
)
def test_what_would_take_forever_or_overflow_is_refused(text, found):
    """The derivatives of deep formulas explode; no such formula is read."""
    with pytest.raises(FormulaError, match=found):
        parse(text, {"z": sp.Symbol("z", real=True)}, "activation")
