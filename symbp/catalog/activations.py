"""Activations: one formula and its source a row.

Input: nothing.  Output: ACTIVATIONS.  A formula maps one element `z` to one element of the
result; `total` sums an expression in `z` over the features of the same sample.
Kinks take the value that the piecewise formula gives, and > or >= is chosen so that it is torch's:
relu'(0) = 0, hardtanh'(1) = 0, leaky_relu'(0) = slope, elu'(0) = alpha.  Conditions are single
comparisons, tried in order; two equal branches next to each other would be merged by SymPy into
an `Or`, so |z| is compared instead.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from symbp.catalog.rows import NOT_NEGATIVE, POSITIVE, Activation, Option, Total

HALF = sp.Rational(1, 2)
# Those of the paper to 17 digits: the scale, and the scale times alpha.
SELU_SCALE, SELU_BELOW = sp.Rational("1.0507009873554805"), sp.Rational("1.7580993408473769")
BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"
SHAZEER = "Shazeer, GLU Variants Improve Transformer (2020), arXiv:2002.05202, section 2"


def sigmoid(z: sp.Expr) -> sp.Expr:
    """The logistic function."""
    return 1 / (1 + sp.exp(-z))


def gelu(z: sp.Expr) -> sp.Expr:
    """z times the distribution function of the normal distribution."""
    return z * (1 + sp.erf(z / sp.sqrt(2))) / 2


def where(*branches: tuple[sp.Expr, sp.Basic], otherwise: sp.Expr) -> sp.Expr:
    """A Piecewise with its last branch in sight."""
    return sp.Piecewise(*branches, (otherwise, True))


def _softmax(z: sp.Expr, total: Total) -> sp.Expr:
    return sp.exp(z) / total(sp.exp(z))


def _gelu_tanh(z: sp.Expr, total: Total) -> sp.Expr:
    inner = sp.sqrt(2 / sp.pi) * (z + sp.Rational("0.044715") * z**3)
    return z * (1 + sp.tanh(inner)) / 2


def _rising(low: Fraction, high: Fraction) -> str:
    return "" if low < high else "low must be below high"


ACTIVATIONS = (
    Activation(
        name="sigmoid",
        formula=lambda z, total: sigmoid(z),
        source=f"{BISHOP}, eq. 4.59",
        torch="torch.nn.Sigmoid",
    ),
    Activation(
        name="tanh",
        formula=lambda z, total: sp.tanh(z),
        source=f"{BISHOP}, eq. 5.59",
        torch="torch.nn.Tanh",
    ),
    Activation(
        name="relu",
        formula=lambda z, total: where((z, z > 0), otherwise=sp.S.Zero),
        source="Nair & Hinton, Rectified Linear Units (2010), section 2",
        torch="torch.nn.ReLU",
    ),
    Activation(
        name="leaky_relu",
        formula=lambda z, total, slope: where((z, z > 0), otherwise=slope * z),
        source="Maas, Hannun & Ng, Rectifier Nonlinearities (2013), section 2",
        torch="torch.nn.LeakyReLU",
        options=(Option("slope", Fraction(1, 100), torch="negative_slope"),),
    ),
    Activation(
        name="prelu",
        formula=lambda z, total, slope: where((z, z > 0), otherwise=slope * z),
        source="He et al., Delving Deep into Rectifiers (2015), arXiv:1502.01852, eq. 1",
        torch="torch.nn.PReLU",
        learned=(("slope", Fraction(1, 4)),),
    ),
    Activation(
        name="relu6",
        formula=lambda z, total: where((sp.S.Zero, z <= 0), (sp.Integer(6), z >= 6), otherwise=z),
        source="Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10 (2010), section 2",
        torch="torch.nn.ReLU6",
    ),
    Activation(
        name="elu",
        formula=lambda z, total, alpha: where((z, z > 0), otherwise=alpha * (sp.exp(z) - 1)),
        source="Clevert, Unterthiner & Hochreiter (2015), arXiv:1511.07289, section 3",
        torch="torch.nn.ELU",
        options=(Option("alpha", Fraction(1)),),
    ),
    Activation(
        name="selu",
        formula=lambda z, total: where(
            (SELU_SCALE * z, z > 0), otherwise=SELU_BELOW * (sp.exp(z) - 1)
        ),
        source="Klambauer et al., Self-Normalizing Neural Networks (2017), arXiv:1706.02515, eq. 2",
        torch="torch.nn.SELU",
    ),
    Activation(
        name="celu",
        formula=lambda z, total, alpha: where(
            (z, z > 0), otherwise=alpha * (sp.exp(z / alpha) - 1)
        ),
        source="Barron, Continuously Differentiable ELUs (2017), arXiv:1704.07483, eq. 2",
        torch="torch.nn.CELU",
        options=(Option("alpha", Fraction(1), POSITIVE),),
    ),
    Activation(
        name="gelu",
        formula=lambda z, total: gelu(z),
        source="Hendrycks & Gimpel, GELUs (2016), arXiv:1606.08415, section 2",
        torch="torch.nn.GELU",
    ),
    Activation(
        name="gelu_tanh",
        formula=_gelu_tanh,
        source="Hendrycks & Gimpel, GELUs (2016), arXiv:1606.08415, section 2",
        torch="torch.nn.GELU",
        torch_options=(("approximate", "tanh"),),
    ),
    Activation(
        name="silu",
        formula=lambda z, total: z / (1 + sp.exp(-z)),
        source="Elfwing, Uchibe & Doya (2017), arXiv:1702.03118, eq. 5",
        torch="torch.nn.SiLU",
    ),
    Activation(
        name="mish",
        formula=lambda z, total: z * sp.tanh(sp.log(1 + sp.exp(z))),
        source="Misra, Mish (2019), arXiv:1908.08681, section 1",
        torch="torch.nn.Mish",
    ),
    Activation(  # torch goes on as z where beta*z > 20: an approximation, not part of the formula
        name="softplus",
        formula=lambda z, total, beta: sp.log(1 + sp.exp(beta * z)) / beta,
        source="Dugas et al., Incorporating Second-Order Functional Knowledge (2000), section 3",
        torch="torch.nn.Softplus",
        options=(Option("beta", Fraction(1), POSITIVE),),
    ),
    Activation(
        name="softsign",
        formula=lambda z, total: z / (1 + sp.Abs(z)),
        source="Glorot & Bengio, Understanding the Difficulty of Training (2010), section 2.3",
        torch="torch.nn.Softsign",
    ),
    Activation(
        name="hardsigmoid",
        formula=lambda z, total: where(
            (sp.S.Zero, z <= -3), (sp.S.One, z >= 3), otherwise=z / 6 + HALF
        ),
        source="Howard et al., Searching for MobileNetV3 (2019), arXiv:1905.02244, section 5.2",
        torch="torch.nn.Hardsigmoid",
    ),
    Activation(
        name="hardswish",
        formula=lambda z, total: where(
            (sp.S.Zero, z <= -3), (z, z >= 3), otherwise=z * (z + 3) / 6
        ),
        source="Howard et al., Searching for MobileNetV3 (2019), arXiv:1905.02244, section 5.2",
        torch="torch.nn.Hardswish",
    ),
    Activation(
        name="hardtanh",
        formula=lambda z, total, low, high: where((low, z <= low), (high, z >= high), otherwise=z),
        source="Collobert, Large Scale Machine Learning (2004), section 4.2",
        torch="torch.nn.Hardtanh",
        options=(
            Option("low", Fraction(-1), torch="min_val"),
            Option("high", Fraction(1), torch="max_val"),
        ),
        check=_rising,
    ),
    Activation(
        name="logsigmoid",
        formula=lambda z, total: -sp.log(1 + sp.exp(-z)),
        source="torch.nn.LogSigmoid: the logarithm of the logistic function",
        torch="torch.nn.LogSigmoid",
    ),
    Activation(
        name="tanhshrink",
        formula=lambda z, total: z - sp.tanh(z),
        source="torch.nn.Tanhshrink",
        torch="torch.nn.Tanhshrink",
    ),
    Activation(
        name="softshrink",
        formula=lambda z, total, lam: where(
            (z - lam, z > lam), (z + lam, z < -lam), otherwise=sp.S.Zero
        ),
        source="Donoho, De-noising by Soft-Thresholding (1995), eq. 2",
        torch="torch.nn.Softshrink",
        options=(Option("lam", Fraction(1, 2), NOT_NEGATIVE, torch="lambd"),),
    ),
    Activation(
        name="hardshrink",
        formula=lambda z, total, lam: where((z, sp.Abs(z) > lam), otherwise=sp.S.Zero),
        source="Donoho & Johnstone, Ideal Spatial Adaptation (1994), section 1.2",
        torch="torch.nn.Hardshrink",
        options=(Option("lam", Fraction(1, 2), NOT_NEGATIVE, torch="lambd"),),
    ),
    Activation(
        name="threshold",
        formula=lambda z, total, threshold, value: where((z, z > threshold), otherwise=value),
        source="torch.nn.Threshold",
        torch="torch.nn.Threshold",
        options=(Option("threshold", None), Option("value", None)),
    ),
    Activation(
        name="glu",
        formula=lambda z, gate: z * sigmoid(gate),
        source="Dauphin et al., Gated Convolutional Networks (2017), arXiv:1612.08083, eq. 1",
        torch="torch.nn.GLU",
        gated=True,
    ),
    Activation(
        name="swiglu",
        formula=lambda z, gate: z * sigmoid(z) * gate,
        source=SHAZEER,
        gated=True,
    ),
    Activation(name="geglu", formula=lambda z, gate: gelu(z) * gate, source=SHAZEER, gated=True),
    Activation(
        name="reglu",
        formula=lambda z, gate: where((z, z > 0), otherwise=sp.S.Zero) * gate,
        source=SHAZEER,
        gated=True,
    ),
    Activation(
        name="identity",
        formula=lambda z, total: z,
        source=f"{BISHOP}, section 5.1",
        torch="torch.nn.Identity",
    ),
    Activation(
        name="squareplus",
        formula=lambda z, total, b: (z + sp.sqrt(z**2 + b)) / 2,
        source="Barron, Squareplus (2021), arXiv:2112.11687, eq. 1",
        options=(Option("b", Fraction(4), POSITIVE),),
    ),
    Activation(
        name="snake",
        formula=lambda z, total, alpha: z + sp.sin(alpha * z) ** 2 / alpha,
        source="Ziyin, Hartwig & Ueda, Learning Periodic Functions (2020), arXiv:2006.08195, eq. 3",
        options=(Option("alpha", Fraction(1), POSITIVE),),
    ),
    Activation(
        name="gaussian",
        formula=lambda z, total: sp.exp(-(z**2)),
        source="Broomhead & Lowe, Radial Basis Functions (1988), section 2",
    ),
    Activation(
        name="softmax",
        formula=_softmax,
        source=f"{BISHOP}, eq. 4.62",
        torch="torch.nn.Softmax",
        torch_options=(("dim", -1),),
    ),
    Activation(
        name="log_softmax",
        formula=lambda z, total: z - sp.log(total(sp.exp(z))),
        source=f"{BISHOP}, eq. 4.62, its logarithm",
        torch="torch.nn.LogSoftmax",
        torch_options=(("dim", -1),),
    ),
)
