"""Each explanation is true: torch, SciPy and NumPy by hand agree with what the derivation says."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from symbp import catalog
from symbp.experiments.explain import attained, explain, loss_ratio, start
from symbp.experiments.explain.dead import dead_units
from symbp.experiments.explain.finding import in_words
from symbp.experiments.explain.floor import LETTER, floors, span
from symbp.experiments.explain.log_sum_exp import LogSumExp, log_sum_exp, lowest
from symbp.experiments.explain.loss_ratio import factor_at, gradient_quotient, scales_with_rate
from symbp.experiments.explain.saturation import saturation
from symbp.experiments.explain.slopes import flat_pieces, layer_slopes
from symbp.experiments.explain.symmetry import (
    _pairs,
    equal_units,
    hidden_axes,
    prove_tied,
    symmetry,
)
from symbp.experiments.explain.targets import no_distribution
from symbp.experiments.explain.zero_start import zero_start
from symbp.experiments.initial import initial
from symbp.layers import BatchNorm, Dense, Dropout, LayerNorm, Residual
from symbp.pipeline import derive
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.spec_file import worked_example
from symbp.verify.check import arrays
from symbp.verify.random_networks import random_network
from symbp.verify.torch_oracle import torch_gradients

torch = pytest.importorskip("torch")

NUMBERS = {
    "x": [0.5, 0.3], "y": ["0.23", "-0.07"],
    "weights": ["0.2", "-0.4", "0.5", "0.6", "0.1", "-0.5", "-0.3", "0.8"],
}  # fmt: skip


def worked(activation="sigmoid", loss="half_sse", **numbers):
    """The worked example with another activation or loss."""
    example = NUMBERS | numbers
    return Network(sizes=[2, 2, 2], activation=activation, loss=loss, example=example)


def drawn(seed, sizes=(3, 4, 2), samples=5, **options):
    """A plain network with numbers from a seed."""
    return Network(sizes=list(sizes), example={"seed": seed, "samples": samples}, **options)


# Equal units


def tied(network, axis, parameters):
    """The parameters with every entry put equal to its image when units 0 and 1 are exchanged."""
    system = ScalarSystem(network, derive(network), len(network.numbers.inputs))
    found = {name: value.copy() for name, value in parameters.items()}
    for (name, place), (_, image) in _pairs(system, axis, parameters):
        found[name][image] = found[name][place]
    return found


def swapped(network, axis, name, value):
    """An array with the first two units of an axis exchanged, by NumPy."""
    for where, own in enumerate(derive(network).quantities[name].axes):
        if own == axis:
            order = np.arange(value.shape[where])
            order[:2] = 1, 0
            value = value.take(order, axis=where)
    return value


def small_random_networks(count, most=45):
    """Random networks with a hidden layer of two units or more, not too large."""
    found, seed = [], 0
    while len(found) < count:
        network = random_network(seed)
        if hidden_axes(network) and network.weight_count < most:
            found.append(seed)
        seed += 1
    return found


@pytest.mark.parametrize("seed", small_random_networks(4))
def test_tied_units_stay_equal_while_torch_trains(seed):
    """What is proved of random networks holds: 20 steps of descent on torch's gradients."""
    network = random_network(seed)
    axis = next(iter(hidden_axes(network)))
    assert prove_tied(network, axis).holds
    X, T, parameters = arrays(network, network.numbers)
    parameters = tied(network, axis, parameters)
    assert any(0 in g and 1 in g for g in equal_units(network, axis, parameters))
    for _ in range(20):
        gradients = torch_gradients(network, X, T, parameters)
        norm = max(1.0, *(float(np.abs(gradients[n]).max()) for n in network.trained))
        for name in network.trained:
            parameters[name] = parameters[name] - 0.1 / norm * gradients[name]
    for name, value in parameters.items():
        np.testing.assert_allclose(swapped(network, axis, name, value), value, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
@pytest.mark.parametrize("init", ["zeros", "constant(value=0.3)"])
def test_equal_units_of_the_homework_stay_equal_with_every_optimizer(init, optimizer):
    """3h: zero and constant weights, 200 steps of a torch optimizer; the bound of the proof."""
    network = worked()
    parameters = initial(network, init)
    (found,) = symmetry(network, parameters)
    assert found.key == "finding.symmetry.stays"
    assert found.evidence["groups"] == ((0, 1),)
    assert found.evidence["pairs"] == (("w1", "w2"), ("w3", "w4"), ("w5", "w7"), ("w6", "w8"))
    assert all(proof.equal and proof.bits > 100 for proof in found.proofs)
    assert "delta_h1 - delta_h2 = 0" in found.sentence()
    leaves = [torch.tensor(parameters[n], requires_grad=True) for n in ("W1", "W2")]
    steps = getattr(torch.optim, optimizer)(leaves, lr=0.1)
    x, t = torch.tensor([[0.5, 0.3]]).double(), torch.tensor([[0.23, -0.07]]).double()
    for _ in range(200):
        steps.zero_grad()
        out = torch.sigmoid(torch.sigmoid(x @ leaves[0].T) @ leaves[1].T)
        (((out - t) ** 2).sum() / 2).backward()
        steps.step()
    first, second = (w.detach().numpy() for w in leaves)
    np.testing.assert_allclose(first[0], first[1], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(second[:, 0], second[:, 1], rtol=1e-12, atol=1e-12)
    assert np.abs(first).max() > 0.01


def test_nothing_is_claimed_where_units_differ():
    """Other weights, or the same weights and other biases: and torch shows that they part."""
    network = worked()
    assert symmetry(network, initial(network, "given")) == ()
    net = Network(sizes=[2, 2, 1], bias="per-unit", loss="mse")
    parameters = {name: np.full(shape, 0.3) for name, shape in net.parameters.items()}
    assert len(symmetry(net, parameters)) == 1
    parameters["b1"] = np.array([0.1, 0.2])
    assert symmetry(net, parameters) == ()
    x, t = np.array([[0.5, 0.3]]), np.array([[1.0]])
    gradient = torch_gradients(net, x, t, parameters)["W1"]
    assert abs(gradient[0, 0] - gradient[1, 0]) > 1e-4


def test_masks_that_differ_make_units_differ():
    """Of four units with equal weights those that are dropped alike stay equal."""
    layers = (Dense(4, "tanh"), Dropout(Fraction(1, 2)), Dense(1))
    net = Network(layers=layers, inputs=2)
    parameters = {"W1": np.ones((4, 2)), "W3": np.ones((1, 4)),
                  "M2": np.array([[1.0, 0, 1, 0], [1, 1, 1, 0]])}  # fmt: skip
    assert equal_units(net, "H", parameters) == ((0, 2), (1,), (3,))
    (found,) = symmetry(net, parameters)
    assert found.evidence["distinct"] == 3


@pytest.mark.parametrize(
    "layers",
    [
        (Dense(3, "gelu", "per-unit"), LayerNorm(), Dense(2)),
        (Dense(3, "tanh"), BatchNorm(), Dense(2)),
        (Dense(3, "relu"), Dense(3, "tanh"), Residual(1), Dense(2)),
        (Dense(3, "swiglu"), Dense(2, "sigmoid", "shared")),
        (Dense(3, "softmax"), Dense(2)),
    ],
    ids=["layer norm", "batch norm", "residual", "gated", "softmax"],
)
def test_every_kind_of_layer_keeps_equal_units(layers):
    """Norms, gates, residual connections and a softmax mix units, but alike."""
    net = Network(layers=layers, inputs=2, loss="mse")
    assert prove_tied(net, next(iter(hidden_axes(net)))).holds


def test_without_the_tie_the_same_proof_fails():
    """The comparison tells units apart where their weights are free."""
    from symbp.prove import compare

    net = Network(sizes=[2, 2, 2])
    system = ScalarSystem(net, derive(net))
    forms = {"h1": system.symbol("dZ1", (0, 0)), "h2": system.symbol("dZ1", (0, 1))}
    definitions = {e.target: e.rhs for e in (*system.forward(), *system.backward())}
    assert not compare(forms, definitions).equal


# Zero weights


@pytest.mark.parametrize("bias", ["none", "per-unit"])
@pytest.mark.parametrize(
    "activation", ["sigmoid", "tanh", "relu", "softplus", "silu", "hardsigmoid", "cos(z)"]
)
def test_what_zero_weights_leave_where_it_is(activation, bias):
    """The parameters whose gradient torch finds to be 0, for three draws of data."""
    net = Network(sizes=[2, 3, 2], activation=activation, bias=bias, loss="mse")
    parameters = {name: np.zeros(shape) for name, shape in net.parameters.items()}
    moving = set()
    for seed in range(3):
        stream = np.random.RandomState(seed)
        x, t = stream.normal(size=(4, 2)), stream.normal(size=(4, 2))
        gradients = torch_gradients(net, x, t, parameters)
        moving |= {n for n in net.trained if np.any(gradients[n] != 0)}
    found = zero_start(net, parameters)
    still = set(found[0].evidence["still"]) if found else set()
    assert still == set(net.trained) - moving
    assert all(proof.equal for f in found for proof in f.proofs)


def test_the_reasons_for_zero_weights():
    """3h: W2 is 0; with tanh the outputs are 0 too; with relu the slope at 0 is 0."""
    causes = {}
    for activation in ("sigmoid", "tanh", "relu"):
        net = Network(sizes=[2, 2, 2], activation=activation)
        (found,) = zero_start(net, initial(net, "zeros"))
        causes[activation] = [
            (n, c.kind, c.name) for n, c in found.evidence["causes"].items()
        ], found.key.rpartition(".")[2]  # fmt: skip
    assert (
        causes
        == {
            "sigmoid": ([("W1", "weight", "W2")], "some"),
            "tanh": ([("W1", "weight", "W2"), ("W2", "output", "A1")], "all"),
            "relu": ([("W1", "slope", "Z1"), ("W2", "slope", "Z2")], "all"),
        }
        or causes["relu"][1] == "all"
    )
    assert zero_start(worked(), initial(worked(), "given")) == ()


# Dead units


def test_the_sentence_on_dead_units_reads_well_for_one_and_for_two():
    """Both units are dead where all weights are 0."""
    numbers = {"x": [1, 1], "y": [1, 1], "weights": [0, 0, 0, 0]}
    two, _ = dead_units(start(Network(sizes=[2, 2], activation="relu", example=numbers)))
    said = "relu is flat (z <= 0) at the net input of o1, o2 (0, 0), so the delta there is 0"
    assert said in two.text()
    assert "at the net input of o2 (-0.125)" in dead_units(start(worked("relu")))[1].text()


def test_the_dead_units_of_the_homework():
    """3c: o2 and h2 are dead, five weights get no gradient, three move, as torch printed."""
    begun = start(worked("relu"))
    layer1, layer2, count = dead_units(begun)
    assert layer1.evidence["always"] == (1,)
    assert layer1.evidence["weights"] == ["w2", "w4"]
    assert layer1.details[0].evidence["weights"] == ("w7", "w8")
    assert layer2.evidence["always"] == (1,)
    assert layer2.values["net"] == [-0.125]
    assert layer2.evidence["weights"] == ["w6", "w8"]
    assert (count.values["still"], count.values["moving"]) == (5, ["w1", "w3", "w5"])
    after = {n: begun.parameters[n] - begun.gradients[n] for n in ("W1", "W2")}
    np.testing.assert_allclose(after["W1"], [[0.21025, 0.50615], [-0.4, 0.6]], rtol=1e-12)
    np.testing.assert_allclose(after["W2"], [[0.15125, -0.3], [-0.5, 0.8]], rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["relu", "hardtanh(low=-0.1, high=0.1)", "hardsigmoid", "relu6"])
def test_dead_units_are_those_without_a_gradient_in_torch(name, seed):
    """Weights that are said to get none have the gradient 0, and the units are those by hand."""
    net = drawn(seed, activation=[name, "identity"], bias="per-unit", samples=2)
    begun = start(net)
    gradients = torch_gradients(net, begun.inputs, begun.targets, begun.parameters)
    z = torch.tensor(begun.inputs @ begun.parameters["W1"].T + begun.parameters["b1"])
    z.requires_grad_()
    row = net.activations[1]
    options = {"hardtanh": lambda u: torch.nn.functional.hardtanh(u, -0.1, 0.1),
               "hardsigmoid": torch.nn.functional.hardsigmoid}  # fmt: skip
    value = options.get(row.name, getattr(torch, row.name, torch.nn.functional.relu6))(z)
    (slope,) = torch.autograd.grad(value.sum(), z)
    flat = (slope == 0).numpy()
    found = [f for f in dead_units(begun) if "flat" in f.evidence]
    always = {k for f in found for k in f.evidence["always"]}
    pieces = {f.evidence["flat"]: f.evidence["counts"] for f in found}
    by_piece = sum(pieces.values(), np.zeros(4, int))
    assert set(np.flatnonzero(flat.all(axis=0))) >= always
    assert by_piece.tolist() == flat.sum(axis=0).tolist() if found else not flat.any()
    system = ScalarSystem(net, derive(net))
    named = {w.name: (w.parameter, w.place) for w in system.weights}
    listed = [w for f in found for w in f.evidence.get("weights", ())]
    listed += [w for f in found for d in f.details for w in d.evidence["weights"]]
    assert all(gradients[named[w][0]][named[w][1]] == 0 for w in listed)
    zeros = sum(int((gradients[n] == 0).sum()) for n in net.trained)
    counted = [f.values["still"] for f in dead_units(begun) if "still" in f.values]
    assert counted == ([zeros] if found and zeros else [])


def test_flat_pieces_come_from_the_formula():
    """Own formulas, whatever they are called; the ends where the slope is 0 too belong to them."""
    step = sp.Piecewise((0, LETTER < -1), (LETTER + 1, LETTER < 1), (2, True))
    assert [(f.low, f.high, f.value) for f in flat_pieces(step)] == [
        (-np.inf, -1.0, 0),
        (1.0, np.inf, 2),
    ]
    assert flat_pieces(sp.tanh(LETTER)) == ()
    for row in catalog.ACTIVATIONS:
        if row.name in ("sigmoid", "tanh", "elu", "gelu", "leaky_relu"):
            net = Network(sizes=[2, 2], activation=row.name, example={"seed": 1})
            assert dead_units(start(net)) == ()


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "silu", "softplus", "hardswish", "prelu"])
def test_slopes_at_the_start_are_those_of_torch(name):
    """f'(net) of each layer by autograd."""
    net = drawn(3, activation=[name, "identity"])
    begun = start(net)
    (found,) = layer_slopes(begun)
    z = torch.tensor(begun.inputs @ begun.parameters["W1"].T, requires_grad=True)
    f = torch.nn.functional
    value = f.prelu(z, torch.tensor([0.25]).double()) if name == "prelu" else getattr(
        f, name, getattr(torch, name, None))(z)  # fmt: skip
    (slope,) = torch.autograd.grad(value.sum(), z)
    np.testing.assert_allclose(found.slopes, slope.numpy(), rtol=1e-12, atol=1e-12)


def test_saturation_is_said_where_slopes_are_small():
    """Weights a hundred times as large: the second layer of sigmoids hardly learns."""
    large = worked(weights=[20, -40, 50, 60, 10, -50, -30, 80])
    keys = [f.key for f in saturation(start(large))]
    assert "finding.slope.saturated" in keys
    assert [f.key for f in saturation(start(worked()))] == ["finding.slope.bounded"]
    assert saturation(start(worked("relu"))) == ()


# One loss against another


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_mse_is_two_over_n_times_half_the_squares(outputs, samples):
    """3d: the factor 2/(K*N), and torch's two gradients differ by it."""
    nets = [drawn(outputs, (2, 3, outputs), samples, loss=loss) for loss in ("half_sse", "mse")]
    quotient = gradient_quotient(*nets)
    assert str(quotient) == "2/(K*N)"
    factor = factor_at(quotient, nets[1], samples)
    assert factor == Fraction(2, outputs * samples)
    begun = start(nets[0])
    half, mean = (torch_gradients(n, begun.inputs, begun.targets, begun.parameters) for n in nets)
    for name in nets[0].trained:
        np.testing.assert_allclose(mean[name], float(factor) * half[name], rtol=1e-12, atol=1e-15)
    finding = loss_ratio(*map(start, nets))
    assert finding.details[0].key.endswith("same" if factor == 1 else "rate")


PAIRS = [
    ({"loss": "cross_entropy", "reduction": "sum"}, {"loss": "cross_entropy"}, "factor"),
    ({"loss": "mse"}, {"loss": "gaussian_nll"}, "factor"),
    ({"loss": "l1"}, {"loss": "l1", "reduction": "sum"}, "factor"),
    ({"loss": "smooth_l1"}, {"loss": "huber"}, "unknown"),
    ({"loss": "mse"}, {"loss": "l1"}, "none"),
    ({"loss": "cross_entropy", "targets": "classes", "reduction": "sum"},
     {"loss": "cross_entropy(weight=[1, 2])", "targets": "classes"}, "none"),
    ({"loss": "cross_entropy(weight=[1, 2])", "targets": "classes", "reduction": "sum"},
     {"loss": "cross_entropy(weight=[1, 2])", "targets": "classes"}, "factor"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "expected"), PAIRS)
def test_the_factor_between_two_losses_is_that_of_torch(first, second, expected):
    """A factor that is found is torch's; where none is said to be, they are not proportional."""
    samples = 3
    nets = [drawn(4, (2, 3, 2), samples, **options) for options in (first, second)]
    begun = start(nets[1])
    quotient = gradient_quotient(*nets)
    one, two = (
        torch_gradients(n, begun.inputs, begun.targets, begun.parameters) for n in nets
    )  # fmt: skip
    flat = [np.concatenate([g[n].ravel() for n in ("W1", "W2")]) for g in (one, two)]
    cosine = flat[0] @ flat[1] / np.linalg.norm(flat[0]) / np.linalg.norm(flat[1])
    key = loss_ratio(*map(start, nets)).key.rpartition(".")[2]
    assert key == expected
    if key == "none":
        assert cosine < 1 - 1e-9
    elif key == "factor":
        factor = float(factor_at(quotient, nets[1], samples))
        np.testing.assert_allclose(flat[1], factor * flat[0], rtol=1e-10, atol=1e-14)


def test_which_optimizers_a_learning_rate_makes_up_for():
    """Those linear in the gradient: c times the gradient at rate/c gives the same torch path."""
    found = [n for n in catalog.names("optimizer") if scales_with_rate(catalog.optimizer(n))]
    assert found == ["sgd", "momentum", "nesterov"]
    paths = []
    for factor in (1.0, 4.0):
        w = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
        steps = torch.optim.SGD([w], lr=0.1 / factor, momentum=0.9)
        for _ in range(10):
            steps.zero_grad()
            (factor * (w**4).sum()).backward()
            steps.step()
        paths.append(w.detach().numpy())
    np.testing.assert_allclose(*paths, rtol=1e-10)


# Infima


def activation_of_outputs(name):
    """The activation in float64, by NumPy."""
    return {
        "identity": lambda z: z, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0), "softplus": lambda z: np.log1p(np.exp(z)),
        "relu6": lambda z: np.clip(z, 0, 6),
    }[name]  # fmt: skip


def cross_entropy(outputs, targets):
    """sum t (log sum exp z - z), by NumPy."""
    top = outputs.max()
    return np.sum(targets * (np.log(np.sum(np.exp(outputs - top))) + top - outputs))


RANGES = {"identity": (-60, 60), "sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, 60),
          "softplus": (0, 60), "relu6": (0, 6)}  # fmt: skip


def lowest_found(loss, name, count, seed):
    """The lowest loss that a search over outputs finds, from inside and at the corners."""
    from scipy.optimize import minimize

    low, high = RANGES[name]
    stream = np.random.RandomState(seed)
    starts = [stream.uniform(max(low, -2), min(high, 2), count) for _ in range(3)]
    found = [minimize(loss, s, method="L-BFGS-B", bounds=[(low, high)] * count) for s in starts]
    corners = [low + (high - low) * np.array(c) for c in np.ndindex(*(2,) * count)]
    return min(*(done.fun for done in found), *map(loss, corners))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["identity", "sigmoid", "tanh", "relu", "relu6"])
def test_the_floor_of_cross_entropy_is_what_a_search_finds(name, seed):
    """For random targets, of both signs or not: nothing is lower, and the bound is approached."""
    stream = random.Random(100 * seed + len(name))
    count = stream.choice((2, 3))
    low = 0 if seed % 2 else -30
    row = [Fraction(stream.randint(low, 60), 100) for _ in range(count)]
    net = Network(sizes=[2, count], activation=name, loss="cross_entropy")
    (floor,) = floors(net, [tuple(row)])
    targets = np.array([float(t) for t in row])
    loss = lambda z: cross_entropy(z, targets)  # noqa: E731
    found = lowest_found(loss, name, count, seed)
    if floor.value == -np.inf:
        direction = np.array(floor.direction)
        near, far = (loss(s * direction) for s in (400.0, 500.0))
        assert floor.slope == pytest.approx((far - near) / 100, abs=1e-12)
        assert floor.slope < 0
        assert min(row) < 0
        assert name == "identity" or (name == "relu" and direction.min() >= 0)
    else:
        assert found >= floor.value - 1e-9
        assert found <= floor.value + 1e-5


ELEMENT_LOSSES = {
    "half_sse": lambda p, t: (p - t) ** 2 / 2,
    "l1": lambda p, t: abs(p - t),
    "huber": lambda p, t: np.where(abs(p - t) <= 1, (p - t) ** 2 / 2, abs(p - t) - 0.5),
    "log_cosh": lambda p, t: np.logaddexp(p - t, t - p) - np.log(2),
    "soft_margin": lambda p, t: np.log1p(np.exp(-t * p)),
}


@pytest.mark.parametrize("target", ["-0.07", "1.4"])
@pytest.mark.parametrize("name", ["identity", "sigmoid", "tanh", "relu", "softplus"])
@pytest.mark.parametrize("loss", ELEMENT_LOSSES)
def test_the_floor_of_a_loss_of_elements_is_what_a_search_finds(loss, name, target):
    """Over a grid of net inputs the loss comes near the infimum, and takes it only if reached."""
    net = Network(sizes=[1, 1], activation=name, loss=loss)
    (floor,) = floors(net, [(Fraction(target),)])
    outputs = activation_of_outputs(name)(np.linspace(-400, 400, 80001))
    values = ELEMENT_LOSSES[loss](outputs, float(target))
    assert values.min() >= floor.value - 1e-12
    assert values.min() <= floor.value + 1e-2
    if loss == "half_sse":
        least, most = {"identity": (-np.inf, np.inf), "sigmoid": (0, 1), "tanh": (-1, 1),
                       "relu": (0, np.inf), "softplus": (0, np.inf)}[name]  # fmt: skip
        t = float(target)
        assert floor.value == pytest.approx((t - min(max(t, least), most)) ** 2 / 2, abs=1e-15)
        assert floor.reached == (least < t < most or (name == "relu" and t <= 0))


@pytest.mark.parametrize("target", ["-0.07", "0.23", "1"])
@pytest.mark.parametrize(
    ("loss", "activation"), [("bce", "sigmoid"), ("bce_with_logits", "identity")]
)
def test_binary_cross_entropy_has_no_floor_outside_the_probabilities(loss, activation, target):
    """Inside (0, 1) it is the entropy of the target, at an end 0 and not reached."""
    net = Network(sizes=[1, 1], activation=activation, loss=loss)
    (floor,) = floors(net, [(Fraction(target),)])
    t = float(target)
    if t < 0:
        assert floor.value == -np.inf
        assert floor.slope == (None if loss == "bce" else pytest.approx(t))
    elif t == 1:
        assert (floor.value, floor.reached) == (pytest.approx(0, abs=1e-15), False)
    else:
        entropy = -(t * np.log(t) + (1 - t) * np.log(1 - t))
        assert (floor.value, floor.reached) == (pytest.approx(entropy, abs=1e-12), True)


ATTAINED = [
    ({}, "infimum", 0.00245),
    ({"activation": "relu"}, "attained", 0.00245),
    ({"activation": "tanh"}, "attained", 0.0),
    ({"activation": ["sigmoid", "identity"]}, "attained", 0.0),
    ({"y": ["0.23", "0.6"]}, "attained", 0.0),
    ({"loss": "cross_entropy"}, "infimum", None),
    ({"loss": "cross_entropy", "activation": "relu"}, "unbounded", -np.inf),
    ({"loss": "mse", "activation": "softmax"}, "undetermined", None),
]


@pytest.mark.parametrize(("change", "status", "bound"), ATTAINED)
def test_whether_the_minimum_of_the_worked_example_is_attained(change, status, bound):
    """The second target, -0.07, lies outside the range of a sigmoid: an infimum, t**2/2."""
    found = attained(worked(**change))
    assert found.evidence["status"] == status
    if bound is not None:
        assert found.evidence["bound"] == bound
    for lang in ("en", "zh"):
        assert "{" not in found.text(lang)


def test_the_bound_of_cross_entropy_on_sigmoids_by_hand():
    """3e: best is (1, 0), where 0.16*log(e + 1) - 0.23; training never goes below."""
    found = attained(worked(loss="cross_entropy"))
    by_hand = 0.16 * np.log(np.e + 1) - 0.23
    assert found.evidence["bound"] == pytest.approx(by_hand, abs=1e-15)
    assert by_hand < -0.0182537585


def test_samples_that_share_weights_are_not_decided():
    """Three samples and two hidden units: each output may be best alone, not all at once."""
    net = drawn(2, (2, 2, 1), 3, activation=["tanh", "identity"])
    found = attained(net)
    assert found.evidence["status"] == "undetermined"
    assert (found.evidence["rank"], found.evidence["bound"]) == (2, 0.0)
    wide = drawn(2, (2, 4, 1), 3, activation=["tanh", "identity"])
    assert attained(wide).evidence["status"] == "attained"


def test_what_a_mean_divides_by_is_in_the_bound():
    """Cross-entropy on given shares: sum t log(sum t/t) over the samples, divided by 2."""
    shares = [["0.2", "0.8"], ["0.5", "0.5"]]
    numbers = {"x": [[1, 0], [0, 1]], "y": shares, "weights": [1, 2, 3, 4]}
    net = Network(sizes=[2, 2], activation="identity", loss="cross_entropy", example=numbers)
    entropy = sum(-float(t) * np.log(float(t)) for row in shares for t in row) / 2
    found = attained(net)
    assert found.evidence["status"] == "attained"
    assert found.evidence["bound"] == pytest.approx(entropy, abs=1e-14)
    one_hot = replace(net, targets="classes", example={"x": [[1, 0], [0, 1]], "y": [0, 1],
                                                       "weights": [1, 2, 3, 4]})  # fmt: skip
    found = attained(one_hot)
    assert (found.evidence["status"], found.evidence["bound"]) == ("infimum", 0.0)


def test_targets_that_are_no_distribution_are_named():
    """Negative ones, and those that do not sum to 1; shares and one-hot rows are not."""
    net = Network(sizes=[2, 2], loss="cross_entropy")
    rows = {"-0.07": "finding.targets.negative", "0.5": "finding.targets.sum", "0.77": None}
    for second, key in rows.items():
        found = no_distribution(net, [(Fraction("0.23"), Fraction(second))])
        assert [f.key for f in found] == ([key] if key else [])
    assert no_distribution(Network(sizes=[2, 2]), [(Fraction(-1), Fraction(5))]) == ()
    loss = "cross_entropy(label_smoothing=0.5)"
    smooth = Network(sizes=[2, 2], activation="identity", loss=loss)
    for second, key in (("-0.1", "sum"), ("-3", "negative")):  # half of it is shared out
        (found,) = no_distribution(smooth, [(Fraction(1), Fraction(second))])
        assert found.key == f"finding.targets.{key}"
        (floor,) = floors(smooth, [(Fraction(1), Fraction(second))])
        assert (floor.value == -np.inf) == (key == "negative")


def test_the_form_of_a_loss_is_read_from_its_formula():
    """Softmax and logarithm of the user's own are the same form; other losses are not."""
    a, b = sp.symbols("a b", real=True)
    p = sp.exp(a) / (sp.exp(a) + sp.exp(b))
    q = sp.exp(b) / (sp.exp(a) + sp.exp(b))
    form = log_sum_exp(-sp.log(p) / 2 - 3 * sp.log(q) + 5, (a, b))
    assert form == LogSumExp((Fraction(1, 2), Fraction(3)), sp.Integer(5))
    assert log_sum_exp((p - 1) ** 2, (a, b)) is None
    ends = span(sp.tanh(LETTER))
    concave = lowest(LogSumExp((Fraction(-1), Fraction(-2))), ends)
    grid = np.linspace(-1, 1, 201)
    values = [-3 * np.log(np.exp(u) + np.exp(v)) + u + 2 * v for u in grid for v in grid]
    assert concave.value == pytest.approx(min(values), abs=1e-12)
    assert mpmath.isinf(span(LETTER).high_number)


# All of them


def test_all_sentences_of_the_catalogue_are_said_in_both_languages():
    """Every activation and loss with a plain network: no error, no slot left."""
    stream = random.Random(1)
    losses = [row for row in catalog.LOSSES if not row.output]
    for row in stream.sample([a for a in catalog.ACTIVATIONS if not a.options], 3):
        loss = stream.choice(losses)
        net = drawn(5, (2, 3, 2), 2, activation=[row.name, "identity"], loss=loss.name)
        for found in explain(start(net)):
            for lang in ("en", "zh"):
                assert found.text(lang).strip()
                assert "{" not in found.text(lang)


def test_long_lists_are_cut():
    """Nine names are eight and a count."""
    assert in_words([f"w{k}" for k in range(9)]).endswith("w7, .. (9 in all)")
    assert in_words([Fraction(1, 3)], "zh") == "1/3"


def test_the_findings_of_the_worked_example():
    """What `symbp compare` says of it before training."""
    keys = [f.key for f in explain(start(worked_example()))]
    assert keys == ["finding.attained.no", "finding.slope.bounded"]
