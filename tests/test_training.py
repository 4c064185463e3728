"""Training in modules with a workspace: batches, states, callbacks, allocations, bad input."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from symbp import Network, generate
from symbp.spec_file import read_with_flags
from symbp.verify.module import load_source
from tests.memory import MOST_BYTES
from tests.test_optimizers import (
    BATCH,
    CHANGED,
    EVERYTHING,
    NAMES,
    NETWORK,
    loaded,
    module,
    start,
    trained,
)

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("*.toml"))

LARGE = Network(
    sizes=[784, 64, 10], activation=["sigmoid", "identity"], loss="cross_entropy",
    targets="classes", bias="per-unit",
)  # fmt: skip
HALF = 20  # steps: the middle of an epoch
TEXTS = (*NAMES, *CHANGED)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_batches_are_those_of_the_plain_module(path):
    """Rows of inputs, targets and masks; frozen parameters stay; the last batch is smaller."""
    network = read_with_flags(path, {})
    plain, fast = load_source(generate(network), "plain"), loaded(network, "sgd")
    params, X, T, _ = plain.example()
    size = max(1, len(X) - 1)
    found, losses = fast.train(params, X, T, 0.01, 5, batch_size=size, seed=5)
    wanted = {name: value.copy() for name, value in params.items()}
    epochs = (np.random.RandomState([5, epoch]).permutation(len(X)) for epoch in range(5))
    rows = [e[k : k + size] for e in epochs for k in range(0, len(X), size)][:5]
    for step, chosen in enumerate(rows):
        batch = {n: v[chosen] if plain.SHAPES[n][:1] == (-1,) else v for n, v in wanted.items()}
        E, grads = plain.loss_and_gradients(batch, X[chosen], T[chosen])
        assert np.isclose(losses[step], E, rtol=1e-10, atol=1e-14)
        for name, gradient in grads.items():
            wanted[name] -= 0.01 * gradient
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-8, atol=1e-12)


RESUME = """
import importlib.util, sys
import numpy as np
from pathlib import Path

folder = Path(sys.argv[1])
start = np.load(folder / "start.npz")
params = {name: start[name] for name in start.files if name not in ("X", "T")}
for path in sorted(folder.glob("module*.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    state = m.load(path.with_suffix(".npz"))
    m.train(
        params, start["X"], start["T"], 0.01, HALF, batch_size=5, seed=7, weight_decay=0.05,
        clip_norm=0.5, clip_value=0.2, schedule=m.cosine(150, 0.001), state=state,
    )
    m.save(path.with_suffix(".npz"), state)
"""


def test_a_run_that_is_resumed_is_the_uninterrupted_one(tmp_path):
    """Bit for bit, in a new process, for every optimizer, with everything that there is."""
    params, X, T = start()
    np.savez(tmp_path / "start.npz", X=X, T=T, **params)
    wanted = {}
    for number, text in enumerate(TEXTS):
        fast = module(text)
        path = tmp_path / f"module{number:02}.py"
        path.write_text(generate(NETWORK, workspace=True, optimizer=text))
        state = fast.State(params)
        trained(text, 0.01, 2 * HALF, **EVERYTHING, state=state)
        wanted[path] = fast, state
        half = fast.State(params)
        trained(text, 0.01, HALF, **EVERYTHING, state=half)
        fast.save(path.with_suffix(".npz"), half)
    script = RESUME.replace("HALF", str(HALF))
    subprocess.run([sys.executable, "-W", "error", "-c", script, tmp_path], check=True)
    for path, (fast, state) in wanted.items():
        found = fast.load(path.with_suffix(".npz"))
        assert found.step == state.step == 2 * HALF
        for name, value in state.arrays.items():
            assert found.arrays[name].tobytes() == value.tobytes(), (path.name, name)


def test_a_state_moves_along_and_params_stay():
    """The state holds what `train` returns; the caller's arrays are the caller's."""
    fast = module("adam")
    params, X, T = start()
    before = {name: value.copy() for name, value in params.items()}
    state = fast.State(params)
    found, first = fast.train(params, X, T, 0.01, 3, state=state)
    assert state.step == len(first) == 3
    for name, value in found.items():
        assert np.array_equal(params[name], before[name])
        assert np.array_equal(state.params[name], value)
        assert not np.shares_memory(state.params[name], value)
    _, second = fast.train(params, X, T, 0.01, 2, state=state)
    _, both = fast.train(params, X, T, 0.01, 5)
    assert np.array_equal([*first, *second], both)
    assert len(fast.train(params, X, T, 0.01, 0)[1]) == 0


def test_seeds_give_orders():
    """The same seed the same training, another another."""
    first, again, other = (
        trained("sgd", 0.1, 4, batch_size=BATCH, seed=seed)[1].tolist() for seed in (1, 1, 2)
    )
    assert first == again != other


def test_a_callback_sees_every_step_and_may_stop():
    """It gets the steps done, the loss before the step and the state; True ends the training."""
    fast = module("momentum")
    seen = []

    def callback(step, loss, state):
        seen.append((step, loss))
        assert state.step == step
        return len(seen) == 3

    state = fast.State(start()[0])
    found, losses = fast.train(*start(), 0.01, 10, callback=callback, state=state)
    assert seen == [(k + 1, loss) for k, loss in enumerate(losses)]
    assert len(losses) == state.step == 3
    wanted, _ = fast.train(*start(), 0.01, 3)
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted)


def peaks(network, fast, schedule):
    """Bytes that each step takes at most after the first epoch, with everything switched on."""
    random = np.random.RandomState(0)
    width, classes = network.inputs, network.widths[-1]
    shapes = fast.SHAPES.items()
    params = {n: random.normal(size=s).astype(np.float32) / 10 for n, s in shapes}
    X = random.normal(size=(250, width)).astype(np.float32)
    T = random.randint(0, classes, size=250)
    if network.targets == "values":
        T = random.normal(size=(250, classes)).astype(np.float32)
    found = []
    before = 0

    def callback(step, loss, state):
        nonlocal before
        if step == 3:
            tracemalloc.start()
        elif step > 3:
            found.append(tracemalloc.get_traced_memory()[1] - before)
        if step >= 3:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]

    try:
        fast.train(
            params, X, T, 0.01, 10, batch_size=100, weight_decay=0.1, clip_norm=1.0,
            clip_value=0.5, schedule=schedule, callback=callback,
        )  # fmt: skip
    finally:
        tracemalloc.stop()
    assert len(found) == 7
    return found


@pytest.mark.parametrize("optimizer", [*NAMES, "rmsprop(momentum=0.8, centered=true)"])
@pytest.mark.parametrize("network", [NETWORK, LARGE], ids=["small", "784-64-10"])
def test_a_step_of_training_allocates_nothing(network, optimizer):
    """No more than 4 KB at any time, over epochs and batches of two sizes."""
    fast = loaded(network, optimizer)
    assert max(peaks(network, fast, fast.cosine(100))) <= MOST_BYTES


def test_the_count_of_bytes_can_fail():
    """A schedule that makes an array of 8 KB is seen in every step."""
    waste = peaks(NETWORK, module("sgd"), lambda rate, step: rate * np.ones(1024)[0])
    assert min(waste) > MOST_BYTES


def test_float32_stays_float32():
    """Numbers that are float64 do not widen the parameters, nor change them."""
    fast = module("adam")
    params, X, T = (
        {k: v.astype(np.float32) for k, v in p.items()} if isinstance(p, dict)
        else p.astype(np.float32) for p in start()
    )  # fmt: skip
    found, losses = fast.train(params, X, T, np.float64(0.01), 5, weight_decay=np.float64(0.1))
    wanted, _ = fast.train(params, X, T, 0.01, 5, weight_decay=0.1)
    assert losses.dtype == np.float32
    for name, value in wanted.items():
        assert found[name].dtype == np.float32
        assert np.array_equal(found[name], value)


@pytest.mark.parametrize(
    ("name", "value", "error", "text"),
    [
        ("steps", -1, ValueError, "steps is -1, expected 0 or more"),
        ("steps", 2.0, TypeError, "steps is 2.0, expected a whole number"),
        ("learning_rate", float("nan"), ValueError, "learning_rate is nan, expected a finite"),
        ("learning_rate", float("inf"), ValueError, "learning_rate is inf"),
        ("learning_rate", "0.1", TypeError, "learning_rate is '0.1', expected a number"),
        ("batch_size", 0, ValueError, "batch_size is 0, expected 1 to 13"),
        ("batch_size", 14, ValueError, "batch_size is 14, expected 1 to 13"),
        ("batch_size", True, TypeError, "batch_size is True, expected a whole number"),
        ("seed", -1, ValueError, "seed is -1, expected 0 to 4294967295"),
        ("seed", 2**32, ValueError, "seed is 4294967296"),
        ("seed", None, TypeError, "seed is None"),
        ("weight_decay", -0.1, ValueError, "weight_decay is -0.1, expected a finite number of"),
        ("weight_decay", float("nan"), ValueError, "weight_decay is nan"),
        ("clip_norm", 0, ValueError, "clip_norm is 0, expected None or above 0"),
        ("clip_norm", float("nan"), ValueError, "clip_norm is nan"),
        ("clip_value", -1.0, ValueError, "clip_value is -1.0, expected None or above 0"),
        ("clip_value", "1", TypeError, "clip_value is '1', expected a number"),
        ("schedule", 0.5, TypeError, "schedule is 0.5, expected a function"),
        ("callback", 1, TypeError, "callback is 1, expected a function"),
        ("state", {}, TypeError, "state is {}, expected a State"),
        ("X", np.ones((13, 4)), ValueError, "X has shape (13, 4)"),
        ("X", np.ones((0, 3)), ValueError, "X has no samples"),
        ("T", np.ones((12, 2)), ValueError, "T has shape (12, 2)"),
    ],
)
def test_what_does_not_fit_is_refused(name, value, error, text):
    """One error that names it, before anything is changed."""
    fast = module("adam")
    params, X, T = start()
    state = fast.State(params)
    fast.train(params, X, T, 0.01, 2, state=state)
    before = {name: value.copy() for name, value in (state.arrays | params).items()}
    given = {"params": params, "X": X, "T": T, "learning_rate": 0.01, "steps": 2, "state": state}
    with pytest.raises(error) as caught:
        fast.train(**given | {name: value})
    assert text in str(caught.value)
    assert state.step == 2
    for name, value in (state.arrays | params).items():
        assert np.array_equal(value, before[name])


def test_no_samples_are_none_too_few():
    """Neither a step over nothing nor one over a state of another dtype."""
    fast = module("adam")
    params, X, T = start()
    with pytest.raises(ValueError, match="X has no samples"):
        fast.train(params, X[:0], T[:0], 0.01, 1)
    half = {name: value.astype(np.float32) for name, value in params.items()}
    with pytest.raises(TypeError, match="W1 is float64, the state is float32"):
        fast.train(params, X, T, 0.01, 1, state=fast.State(half))
    with pytest.raises(ValueError, match=r"W1 has shape \(6, 2\), expected \(6, 3\)"):
        fast.State(params | {"W1": params["W1"][:, :2]})


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda m: m.step_decay(0), "size is 0, expected 1 or more"),
        (lambda m: m.step_decay(10, -1), "gamma is -1"),
        (lambda m: m.cosine(0), "total is 0"),
        (lambda m: m.cosine(10, float("nan")), "least is nan"),
        (lambda m: m.exponential(float("inf")), "gamma is inf"),
    ],
)
def test_schedules_check_their_numbers(make, text):
    """When they are made."""
    with pytest.raises(ValueError, match=text):
        make(module("sgd"))


def test_a_schedule_that_gives_no_rate_stops_before_the_step():
    """The state is what it was after the step before."""
    fast = module("adam")
    state = fast.State(start()[0])
    with pytest.raises(ValueError, match="the schedule gives nan after 2 steps"):
        fast.train(
            *start(), 0.01, 5, state=state,
            schedule=lambda rate, step: rate if step < 2 else float("nan"),
        )  # fmt: skip
    wanted, _ = fast.train(*start(), 0.01, 2)
    assert state.step == 2
    assert all(np.array_equal(state.params[name], wanted[name]) for name in wanted)


def saved(folder):
    """A module with adam and the file of one of its states."""
    fast = module("adam")
    path = folder / "state.npz"
    state = fast.State(start()[0])
    fast.train(*start(), 0.01, 2, state=state)
    fast.save(path, state)
    return fast, path


def changed(path, **arrays):
    """Write the same file with other arrays; None leaves one out."""
    with np.load(path) as found:
        kept = {name: found[name] for name in found.files} | arrays
    np.savez(path, **{name: value for name, value in kept.items() if value is not None})


def refusal(fast, path):
    """What the module says to a file that it does not read; the file's name is in it."""
    with pytest.raises(ValueError, match=path.name) as caught:
        fast.load(path)
    return str(caught.value)


def test_a_state_is_saved_and_loaded(tmp_path):
    """Under any name, over a file that is there; nothing else is left in the folder."""
    fast, path = saved(tmp_path)
    state = fast.load(str(path))
    state.step = 3
    fast.save(path, state)
    assert fast.load(path).step == 3
    fast.save(tmp_path / "no suffix", state)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["no suffix", "state.npz"]


def test_half_a_file_is_never_there(tmp_path, monkeypatch):
    """Where writing fails, the file is as it was and nothing is left behind."""
    fast, path = saved(tmp_path)
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"PK")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        fast.save(path, fast.State(start()[0]))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileNotFoundError):
        fast.save(tmp_path / "none" / "state.npz", fast.State(start()[0]))
    with pytest.raises(FileNotFoundError):
        fast.load(tmp_path / "none.npz")


def test_a_state_of_something_else_is_refused(tmp_path):
    """Of another network, other widths, another optimizer, or the same with another option."""
    _, path = saved(tmp_path)
    wider = Network(sizes=[3, 7, 2], activation=["tanh", "identity"], bias="per-unit", loss="mse")
    named = Network(
        name="other", sizes=[3, 6, 2], activation=["tanh", "identity"], bias="per-unit", loss="mse"
    )
    assert "network is network, expected other" in refusal(loaded(named, "adam"), path)
    assert "shapes is {'W1': (6, 3)" in refusal(loaded(wider, "adam"), path)
    assert "optimizer is adam, expected sgd" in refusal(module("sgd"), path)
    assert "optimizer is adam, expected adam(beta1=0.8)" in refusal(module("adam(beta1=0.8)"), path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_part_of_a_file_is_refused(tmp_path, share):
    """However much of it is there."""
    fast, path = saved(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert "is no .npz file, or is cut off" in refusal(fast, path)


def test_what_is_no_state_is_refused(tmp_path):
    """Text, another array, a pickle, changed bytes, arrays that are missing or wrong."""
    fast, path = saved(tmp_path)
    good = path.read_bytes()
    middle = good.index(b"theta.npy") + 200
    bad = bytes([good[middle] ^ 255])
    for data in (b"W1 = 1\n", pickle.dumps({"a": 1}), good[:middle] + bad + good[middle + 1 :]):
        path.write_bytes(data)
        assert "is no .npz file, or is cut off" in refusal(fast, path)
    np.save(path.with_name("one.npy"), np.ones(3))
    assert "is no .npz file" in refusal(fast, path.with_name("one.npy"))
    for arrays, text in (
        ({"network": None}, "network is missing, expected network"),
        ({"m": None}, "m is no array of 38 floats"),
        ({"v": np.ones(37)}, "v is no array of 38 floats"),
        ({"theta": np.ones(38, int)}, "theta is no array of 38 floats"),
        ({"m": np.ones(38, np.float32)}, "m and theta are of two dtypes"),
        ({"step": None}, "step is no whole number"),
        ({"step": np.array(1.5)}, "step is no whole number"),
        ({"step": np.array(-1)}, "step is -1, expected 0 or more"),
        ({"m": np.array([{}] * 38)}, "is no .npz file, or is cut off"),
    ):
        path.write_bytes(good)
        changed(path, **arrays)
        assert text in refusal(fast, path)


def test_arrays_may_be_read_only_and_have_no_gaps():
    """Nothing of the caller's is written to; rows in another order of memory are refused."""
    fast = module("sgd")
    params, X, T = start()
    wanted, _ = fast.train(params, X[::2].copy(), T[::2].copy(), 0.1, 6, batch_size=3)
    frozen = {name: value.copy() for name, value in params.items()}
    inputs, targets = X[::2].copy(), T[::2].copy()
    for value in (*frozen.values(), inputs, targets):
        value.setflags(write=False)
    found, _ = fast.train(frozen, inputs, targets, 0.1, 6, batch_size=3)
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted)
    for X_given, T_given in ((np.asfortranarray(inputs), targets), (inputs, T[::2])):
        with pytest.raises(ValueError, match="is not contiguous"):
            fast.train(params, X_given, T_given, 0.1, 6, batch_size=3)
