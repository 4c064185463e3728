"""Networks from torch and back, and weights from files: exact both ways, errors that say where."""

from __future__ import annotations

import copy
import pickle
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import symbp
from symbp import catalog
from symbp.errors import SpecError
from symbp.layers import Activate, Dense, Residual
from symbp.sources import read_source
from symbp.spec_file import worked_example
from symbp.torch_io import from_torch, to_torch, to_torch_loss
from symbp.torch_io.layer_modules import read_model
from symbp.verify.check import arrays
from symbp.verify.module import load_source
from symbp.verify.random_networks import random_network

# torch's own backward has 1/6 and 1/alpha in float32, also for float64.
FLOAT32_IN_TORCH = {"hardsigmoid": 1e-7, "celu": 1e-7}
SEEDS = range(60)
ROOT = Path(__file__).resolve().parent.parent


def worked_model() -> nn.Sequential:
    """The worked example in torch, float64."""
    model = nn.Sequential(
        nn.Linear(2, 2, False), nn.Sigmoid(), nn.Linear(2, 2, False), nn.Sigmoid()
    )
    model.double()
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[0.2, 0.5], [-0.4, 0.6]], dtype=torch.float64))
        model[2].weight.copy_(torch.tensor([[0.1, -0.3], [-0.5, 0.8]], dtype=torch.float64))
    return model


def example_of(network: symbp.Network) -> dict[str, object]:
    """What from_torch cannot know of a network."""
    numbers = network.numbers
    return {
        "inputs": numbers.inputs, "targets": numbers.targets, "loss": to_torch_loss(network),
        "numbering": network.numbering, "name": network.name, "reduction": network.reduction,
    }  # fmt: skip


def floats(value: object) -> np.ndarray:
    return np.asarray(value, dtype=object).astype(np.float64)


def test_worked_example_comes_from_torch_and_is_verified():
    """The four modules of the issue, with the weights of the worked example, pass every oracle."""
    network = from_torch(worked_model(), [["0.5", "0.3"]], [["0.23", "-0.07"]], loss="half_sse")
    assert network.layers == worked_example().layers
    assert network.widths == (2, 2, 2)
    assert network.numbers.parameters["W1"][0] == (Fraction(0.2), Fraction(1, 2))
    for name, value in worked_example().numbers.parameters.items():
        np.testing.assert_array_equal(floats(value), floats(network.numbers.parameters[name]))
    assert symbp.verify(network).passed
    assert symbp.derive(network).gradients == {"W1": "dW1", "W2": "dW2"}
    example = read_source(None, f"{ROOT / 'examples/torch_model.py'}:model", {})
    assert example.numbers.parameters == network.numbers.parameters


@pytest.mark.parametrize("seed", SEEDS)
def test_to_torch_gives_the_loss_and_gradients_of_the_module(seed):
    """The torch model of a random network agrees with its generated module."""
    network = random_network(seed)
    X, T, parameters = arrays(network, network.numbers)
    module = load_source(symbp.generate(network), network.name)
    E, gradients = module.loss_and_gradients(parameters, X, T)
    model, loss = to_torch(network), to_torch_loss(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on what `mean` of kl_div divides by
        value = loss(model(torch.tensor(X)), torch.tensor(T)).sum()
    value.backward()
    np.testing.assert_allclose(value.item(), np.sum(E), rtol=1e-12, atol=1e-12)
    named = {id(p): p for p in (*model.parameters(), *loss.parameters())}
    owners = {name: named[key] for key, (_, _, name) in read_model(model, "model").owners.items()}
    letters = zip(getattr(loss, "names", ()), getattr(loss, "trained", ()), strict=True)
    owners |= dict(letters)
    assert set(network.trained) <= set(owners)
    # one class has the gradient zero: torch then gives rounding errors of numbers near 1
    largest = max(1e-6, *(np.max(np.abs(g)) for g in gradients.values()))
    worst = max([FLOAT32_IN_TORCH.get(a.name, 1e-12) for a in network.activations.values()])
    for name in network.trained:
        found = owners[name].grad.numpy().reshape(network.parameters[name])
        np.testing.assert_allclose(found, gradients[name], rtol=0, atol=worst * largest)


@pytest.mark.parametrize("seed", SEEDS)
def test_networks_come_back_from_torch(seed):
    """Layers, options and floats survive; a network of float64 numbers comes back equal."""
    network = random_network(seed)
    back = from_torch(to_torch(network), **example_of(network))
    assert [type(layer) for layer in back.layers] == [type(layer) for layer in network.layers]
    assert (back.widths, back.frozen, back.targets) == (
        network.widths, network.frozen, network.targets,
    )  # fmt: skip
    assert back.parameters == network.parameters
    assert back.loss_row.values == network.loss_row.values
    for number, row in network.activations.items():
        assert back.activations[number].values == row.values
        assert back.activations[number].name == row.name
    for name, value in network.numbers.parameters.items():
        np.testing.assert_array_equal(floats(back.numbers.parameters[name]), floats(value))
    assert from_torch(to_torch(back), **example_of(back)) == back


@pytest.mark.parametrize("row", catalog.ACTIVATIONS, ids=lambda row: row.name)
def test_every_activation_goes_both_ways(row):
    """Each row, with each of its options off its default, comes back as it was written."""
    given_options = [o for o in row.options if o.domain.kind == "number"]
    text = ", ".join(f"{o.name}={o.domain.examples[-1]}" for o in given_options)
    text = f"{row.name}({text})" if text and not row.check(**{
        o.name: Fraction(o.domain.examples[-1]) for o in given_options
    }) else catalog.sample(row)  # fmt: skip
    network = symbp.Network(sizes=[3, 2, 2], activation=[text, "identity"], bias="per-unit",
                            example={"seed": 1, "samples": 2})  # fmt: skip
    model = to_torch(network)
    assert type(model) is nn.Sequential
    back = from_torch(model, **example_of(network))
    assert back.activations[1].values == network.activations[1].values
    assert back.layers[0].activation.partition("(")[0] == row.name
    pickle_free = copy.deepcopy(model)
    X = torch.tensor(floats(network.numbers.inputs))
    assert torch.equal(pickle_free(X), model(X))


@pytest.mark.parametrize("row", catalog.LOSSES, ids=lambda row: row.name)
@pytest.mark.parametrize("reduction", ["sum", "mean", "none"])
def test_every_loss_goes_both_ways(row, reduction):
    """Each loss comes back by name, options and reduction."""
    activation = row.output or "identity"
    network = symbp.Network(sizes=[3, 2], activation=activation, loss=row.name, reduction=reduction,
                            example={"seed": 1, "samples": 2})  # fmt: skip
    back = from_torch(to_torch(network), **{**example_of(network), "reduction": ""})
    assert back.loss_row.values == network.loss_row.values
    assert (back.loss, back.reduction) == (row.name, reduction)


def test_options_are_read_back():
    """Settings are the decimals that the user typed; trained numbers start where they are."""
    modules = {
        nn.LeakyReLU(0.2): "leaky_relu(slope=0.2)", nn.LeakyReLU(): "leaky_relu",
        nn.ELU(0.7): "elu(alpha=0.7)", nn.CELU(2.5): "celu(alpha=2.5)",
        nn.Softplus(beta=3): "softplus(beta=3)", nn.GELU(): "gelu",
        nn.GELU(approximate="tanh"): "gelu_tanh", nn.Softmax(dim=-1): "softmax",
        nn.LogSoftmax(dim=1): "log_softmax", nn.Hardtanh(-2, 3): "hardtanh(low=-2, high=3)",
        nn.ReLU6(): "relu6", nn.Softshrink(0.3): "softshrink(lam=0.3)",
        nn.Hardshrink(): "hardshrink", nn.PReLU(): "prelu", nn.PReLU(init=0.3): "prelu(slope=0.3)",
        nn.Threshold(0.1, 20): "threshold(threshold=0.1, value=20)", nn.Identity(): "identity",
    }  # fmt: skip
    for module, text in modules.items():
        network = from_torch(nn.Sequential(nn.Linear(2, 2), module))
        assert network.layers[0].activation == text


def test_float32_numbers_are_taken_exactly():
    """0.1 in float32 is the fraction that float32 has."""
    model = nn.Sequential(nn.Linear(1, 1, bias=False))
    model[0].weight.data.fill_(0.1)
    network = from_torch(model)
    assert network.numbers.parameters["W1"] == ((Fraction(13421773, 134217728),),)


def test_nested_models_and_modules_that_do_nothing():
    """Sequentials are flattened; Flatten and Identity are passed over, and Dropout in eval()."""
    apart = from_torch(nn.Sequential(nn.Linear(3, 3), nn.Identity(), nn.Tanh()))
    assert [type(la).__name__ for la in apart.layers] == ["Dense", "Activate"]
    inner = nn.Sequential(nn.Identity(), nn.Linear(3, 3), nn.Tanh(), nn.Identity())
    model = nn.Sequential(nn.Flatten(), inner, nn.Dropout(0.3), nn.Linear(3, 1))
    assert [type(la).__name__ for la in from_torch(model).layers] == ["Dense", "Dropout", "Dense"]
    assert from_torch(model, samples=3).parameters["M2"]
    layers = from_torch(model.eval()).layers
    assert [layer.activation for layer in layers] == ["tanh", "identity"]
    assert from_torch(nn.Linear(2, 1)).widths == (2, 1)


def test_norms_and_embeddings():
    """Their settings and numbers; what a norm has not is not trained.

    The batch norm undoes the scale before it up to its eps: that gradient is what is left of larger
    terms, and one drawing in a hundred leaves too little of it for twelve digits.
    """
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Embedding(5, 4), nn.LayerNorm(4, bias=False), nn.Linear(4, 4), nn.RMSNorm(4),
        nn.BatchNorm1d(4, eps=0.001), nn.Linear(4, 2),
    ).double()  # fmt: skip
    rows = [3, 0, 1, 4, 2, 3]
    network = from_torch(model, inputs=rows, targets=[1, 0] * 3, loss=nn.CrossEntropyLoss())
    assert network.targets == "classes"
    assert network.numbers.inputs == tuple((row,) for row in rows)
    assert network.frozen == ("beta2",)
    assert network.layers[3].eps == Fraction(torch.finfo(torch.float64).eps)
    assert (network.layers[4].eps, network.layers[4].mode) == (Fraction(1, 1000), "training")
    assert symbp.verify(network).passed
    assert from_torch(model.eval()).layers[4].mode == "inference"
    assert "mean5" in from_torch(model).frozen


def test_tied_and_frozen_weights():
    """One Parameter in two Linear is one weight; no requires_grad is frozen."""
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    second.bias.requires_grad_(False)
    model = nn.Sequential(first, nn.Tanh(), second).double()
    network = from_torch(model, samples=2)
    assert network.layers[1].weight == "W1"
    assert network.frozen == ("b2",)
    assert symbp.verify(network).passed
    again = to_torch(network)
    assert again[2].weight is again[0].weight
    assert not again[2].bias.requires_grad


def test_glu_halves_the_linear_before_it():
    """torch's GLU splits one Linear in two; the output is the same."""
    model = nn.Sequential(nn.Linear(3, 4), nn.GLU(), nn.Linear(2, 1)).double()
    network = from_torch(model, samples=2, targets="values")
    assert network.widths == (3, 2, 1)
    X = torch.tensor(floats(network.numbers.inputs))
    torch.testing.assert_close(to_torch(network)(X), model(X), rtol=1e-14, atol=1e-14)
    assert symbp.verify(network).passed


def test_losses_of_torch():
    """A loss module says options and reduction."""
    for loss, text in {
        nn.MSELoss(reduction="sum"): ("mse", "sum"),
        nn.HuberLoss(delta=0.5): ("huber(delta=0.5)", "mean"),
        nn.CrossEntropyLoss(torch.tensor([1.0, 0.3]), label_smoothing=0.1): (
            "cross_entropy(weight=[1, 0.3], label_smoothing=0.1)",
            "mean",
        ),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0])): (
            "bce_with_logits(pos_weight=2)",
            "mean",
        ),
        nn.KLDivLoss(reduction="batchmean", log_target=True): (
            "kl_div(log_target=true)",
            "batchmean",
        ),
        nn.PoissonNLLLoss(log_input=False): ("poisson_nll(log_input=false)", "mean"),
        nn.SmoothL1Loss(beta=0.5, reduction="none"): ("smooth_l1(beta=0.5)", "none"),
    }.items():
        network = from_torch(nn.Sequential(nn.Linear(3, 2)), loss=loss)
        assert (network.loss, network.reduction) == text


@pytest.mark.parametrize("kind", ["sympy", "text"])
def test_formulas_and_letters_go_both_ways(kind):
    """An activation and a loss of the user's own, with constants and trained numbers."""
    import sympy as sp

    z, p, t, a = sp.symbols("z p t a")
    beta, gain = sp.symbols("beta gain")
    rows, loss = [z * sp.tanh(beta * z), a * z + z**3], (p - t) ** 4 * gain
    if kind == "text":
        rows, loss = ["z*tanh(beta*z)", "a*z + z**3"], "sum(gain*(p - t)**4)"
    network = symbp.Network(
        sizes=[2, 3, 2], activation=rows, bias="shared", loss=loss,
        constants={"a": "0.3"},
        learned={"beta": 2, "gain": "0.5"}, example={"seed": 3, "samples": 2},
    )  # fmt: skip
    back = from_torch(to_torch(network), **example_of(network))
    assert (back.constants, back.learned) == (network.constants, network.learned)
    assert back.parameters == network.parameters
    assert from_torch(to_torch(back), **example_of(back)) == back
    X, T, parameters = arrays(network, network.numbers)
    module = load_source(symbp.generate(network), network.name)
    value = to_torch_loss(network)(to_torch(network)(torch.tensor(X)), torch.tensor(T)).sum()
    np.testing.assert_allclose(value.item(), module.loss(parameters, X, T), rtol=1e-12)


def test_models_can_be_pickled():
    """The small modules can be found by name, and torch's random numbers stay as they are."""
    network = symbp.Network(sizes=[2, 2], activation="squareplus", bias="shared")
    model = to_torch(network)
    state = torch.random.get_rng_state()
    assert type(to_torch(network)) is nn.Sequential
    assert torch.equal(torch.random.get_rng_state(), state)
    again = pickle.loads(pickle.dumps(model))
    X = torch.ones(1, 2, dtype=torch.float64)
    assert torch.equal(again(X), model(X))


def test_models_with_layers_in_index_notation_can_be_copied():
    """The copy has numbers of its own."""
    layer = symbp.FormulaLayer("y[n,k] = sum(i,j: A[k,i,j]*x[n,i]*x[n,j])", out=3)
    model = to_torch(symbp.Network(layers=[layer, symbp.Dense(1)], inputs=2))
    again = copy.deepcopy(model)
    X = torch.ones(1, 2, dtype=torch.float64)
    assert torch.equal(again(X), model(X))
    with torch.no_grad():
        again[1].weight.add_(1)
    assert not torch.equal(again(X), model(X))


class Custom(nn.Module):
    """A module of the user's own."""

    def forward(self, x):
        return x * 2


class Turned(nn.Sequential):
    """A Sequential that runs in another way."""

    def forward(self, x):
        return -super().forward(x)


class ReLU(nn.Module):
    """A class that only has the name of torch's."""

    def forward(self, x):
        return x.abs()


def hooked() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    model[1].register_forward_hook(lambda module, inputs, output: output * 2)
    return model


def spectral() -> nn.Module:
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)))


def shared_bias() -> nn.Module:
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.bias = first.bias
    return nn.Sequential(first, second)


def with_number(value: float) -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].weight.data[1, 0] = value
    return model


def sequential(*modules: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(2, 2), *modules)


BAD_MODELS = {
    "conv": (lambda: sequential(nn.ReLU(), nn.Conv2d(1, 1, 3)), "model.2 (Conv2d)", "Linear"),
    "lstm": (lambda: nn.Sequential(nn.LSTM(2, 2)), "model.0 (LSTM)", "Tanh"),
    "nested": (
        lambda: sequential(nn.Sequential(nn.MaxPool2d(2))),
        "model.1.0 (MaxPool2d)",
        "Linear",
    ),
    "attention": (
        lambda: nn.Sequential(nn.MultiheadAttention(2, 1)),
        "(MultiheadAttention)",
        "LayerNorm",
    ),
    "group": (lambda: sequential(nn.GroupNorm(1, 2)), "model.1 (GroupNorm)", "LayerNorm"),
    "batch2d": (lambda: sequential(nn.BatchNorm2d(2)), "model.1 (BatchNorm2d)", "BatchNorm1d"),
    "rrelu": (lambda: sequential(nn.RReLU()), "model.1 (RReLU)", "LeakyReLU"),
    "custom": (lambda: sequential(Custom()), "model.1 (Custom)", "torch.nn.Sequential"),
    "custom model": (Custom, "model (Custom)", "torch.nn.Sequential"),
    "same name": (lambda: sequential(ReLU()), "model.1 (ReLU)", "torch.nn.Sequential"),
    "own forward": (lambda: Turned(nn.Linear(2, 2)), "model (Turned)", "forward of its own"),
    "class": (lambda: Custom.__mro__[0], "is the class Custom", "Custom(..)"),
    "no module": (lambda: [1], "found list", "torch.nn.Sequential"),
    "empty": (nn.Sequential, "is empty", "torch.nn.Linear"),
    "list": (lambda: nn.ModuleList([nn.Linear(2, 2)]), "(ModuleList)", "Sequential(*list)"),
    "hook": (hooked, "model.1 (Tanh): has forward hooks", "Remove them"),
    "parametrized": (spectral, "model.0 (ParametrizedLinear)", "remove_parametrizations"),
    "lazy": (lambda: nn.Sequential(nn.LazyLinear(2)), "model.0 (LazyLinear)", "Run the model once"),
    "half": (
        lambda: nn.Sequential(nn.Linear(2, 2)).half(),
        "weight: found torch.float16",
        ".double()",
    ),
    "complex": (
        lambda: nn.Sequential(nn.Linear(2, 2, dtype=torch.complex64)),
        "torch.complex64",
        ".double()",
    ),
    "meta": (lambda: nn.Sequential(nn.Linear(2, 2, device="meta")), "(meta)", "device"),
    "nan": (
        lambda: with_number(float("nan")),
        "model.0 (Linear), weight[1,0]: found nan",
        "finite",
    ),
    "infinite": (lambda: with_number(float("inf")), "weight[1,0]: found inf", "finite"),
    "tied bias": (
        shared_bias,
        "model.1 (Linear): bias is also bias of model.0 (Linear)",
        "its own",
    ),
    "glu first": (
        lambda: nn.Sequential(nn.GLU(), nn.Linear(2, 2)),
        "model.0 (GLU): a GLU without a Linear",
        "Linear(D, D)",
    ),
    "glu after norm": (
        lambda: nn.Sequential(nn.Linear(2, 6), nn.LayerNorm(6), nn.GLU()),
        "model.2 (GLU): a GLU without a Linear",
        "Linear(6, 6)",
    ),
    "softmax": (lambda: sequential(nn.Softmax(dim=0)), "model.1 (Softmax): dim is 0", "dim=-1"),
    "softplus": (lambda: sequential(nn.Softplus(threshold=5)), "model.1 (Softplus)", "20"),
    "prelu": (lambda: sequential(nn.PReLU(2)), "model.1 (PReLU): 2 trained slopes", "PReLU()"),
    "glu": (lambda: nn.Sequential(nn.Linear(2, 3), nn.GLU()), "model.1 (GLU)", "twice the outputs"),
    "norm shape": (lambda: sequential(nn.LayerNorm((2, 2))), "model.1 (LayerNorm)", "LayerNorm(2)"),
    "padding": (
        lambda: nn.Sequential(nn.Embedding(3, 2, padding_idx=0)),
        "padding_idx is 0",
        "Leave",
    ),
    "widths": (
        lambda: sequential(nn.Tanh(), nn.Linear(3, 1)),
        "model.2 (Linear)",
        "Make it one for 2",
    ),
    "norm width": (lambda: sequential(nn.LayerNorm(3)), "model.1 (LayerNorm)", "for 2 features"),
    "domain": (lambda: sequential(nn.CELU(-1)), "model.0 (Linear), layer 1, activation", "above 0"),
    "no inputs": (lambda: nn.Sequential(nn.Dropout()), "how many inputs", "torch.nn.Linear"),
    "dropout": (lambda: sequential(nn.Dropout(1.0)), "model.1 (Dropout)", "0.5"),
    "flatten": (
        lambda: nn.Sequential(nn.Flatten(0), nn.Linear(2, 2)),
        "model.0 (Flatten)",
        "Flatten()",
    ),
    "late embedding": (
        lambda: sequential(nn.Embedding(5, 2)),
        "an embedding after",
        "whole numbers",
    ),
}


@pytest.mark.parametrize("case", BAD_MODELS)
def test_what_cannot_be_read_says_where_and_what_works(case):
    """An error names the module, by its path and class, and the nearest thing that works."""
    make, *texts = BAD_MODELS[case]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own on lazy modules
        model = make()
    with pytest.raises(SpecError) as caught:
        from_torch(model)
    for text in texts:
        assert text in str(caught.value)


BAD_LOSSES = {
    "unknown": (nn.CTCLoss(), "loss (CTCLoss)", "MSELoss"),
    "margin": (nn.MultiMarginLoss(), "loss (MultiMarginLoss)", "hinge"),
    "variance": (nn.GaussianNLLLoss(), "loss (GaussianNLLLoss)", "gaussian_nll(var=1)"),
    "ignored": (nn.CrossEntropyLoss(ignore_index=1), "ignore_index is 1", "Leave"),
    "stirling": (nn.PoissonNLLLoss(full=True), "full", "False"),
    "weights": (nn.BCELoss(weight=torch.ones(2)), "loss (BCELoss)", "Leave weight out"),
    "pos_weight": (
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0])),
        "2 different",
        "one number",
    ),
    "name": ("mze", "unknown loss 'mze'", "mse"),
}


@pytest.mark.parametrize("case", BAD_LOSSES)
def test_losses_that_cannot_be_read(case):
    """The same for losses."""
    loss, *texts = BAD_LOSSES[case]
    with pytest.raises(SpecError) as caught:
        from_torch(sequential(), loss=loss)
    for text in texts:
        assert text in str(caught.value)


def test_torch_tensors_as_numbers():
    """Inputs and targets as tensors; indices choose classes."""
    X = torch.tensor([[0.1, 0.2], [0.3, 0.4]], dtype=torch.float64)
    network = from_torch(sequential(), X, torch.tensor([1, 0]), nn.CrossEntropyLoss())
    assert network.targets == "classes"
    assert network.numbers.inputs[0][0] == Fraction(0.1)
    row = from_torch(sequential(), [1, 2], [3, 4])
    assert (row.numbers.inputs, row.numbers.targets) == (((1, 2),), ((3, 4),))
    drawn = from_torch(sequential(), targets="classes", loss="cross_entropy", samples=4)
    assert len(drawn.numbers.targets) == 4


@pytest.mark.parametrize(
    "first",
    [
        (nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU()),
        (nn.Linear(3, 4), nn.LayerNorm(4), nn.PReLU()),
        (nn.Linear(3, 4), nn.RMSNorm(4, eps=1e-6), nn.Softmax(dim=-1), nn.Tanh()),
        (nn.ReLU(), nn.Linear(3, 4), nn.GELU(), nn.Sigmoid()),
        (nn.Linear(3, 4), nn.Identity(), nn.ELU()),
    ],
)
def test_activations_without_a_linear_before_them(first):
    """Each is a layer; model, gradients and layers are the same after both ways."""
    model = nn.Sequential(*first, nn.Linear(4, 2)).double()
    network = from_torch(model, samples=5)
    assert any(isinstance(layer, Activate) for layer in network.layers)
    back = to_torch(network)
    rows = torch.randn(5, 3, dtype=torch.float64)
    assert torch.allclose(back(rows), model(rows), rtol=1e-13, atol=1e-14)
    again = from_torch(back, samples=5)
    assert again.layers == network.layers
    assert again.numbers.parameters == network.numbers.parameters
    assert symbp.verify(network).passed


def test_an_activation_after_a_linear_of_another_layer_stays_apart():
    """An identity or an activation that could be that of a Linear comes back as it was."""
    layers = (Dense(3), Activate("relu"), Activate("identity"), Activate("tanh"), Residual(1))
    network = symbp.Network(layers=layers, inputs=2)
    assert from_torch(to_torch(network)).layers == layers
