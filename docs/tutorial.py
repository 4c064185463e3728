# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Tutorial: from a network to a gradient you trust
#
# This page is a Python script with cells, run when the site is built: what stands below a cell is
# what it gave. Open `docs/tutorial.py` in Jupyter (with jupytext), in VS Code, or run it with
# `python docs/tutorial.py`.
#
# ## 1. Describe a network
#
# Two inputs, two hidden units, two outputs, sigmoids and half the squared error: the network that
# courses start with. Numbers are exact: 0.2 is the fraction 1/5 from here to the result.

# %%
import symbp

numbers = {
    "x": [0.5, 0.3],
    "y": [0.23, -0.07],
    "weights": [0.2, -0.4, 0.5, 0.6, 0.1, -0.5, -0.3, 0.8],
    "learning_rate": 1,
}
network = symbp.Network(sizes=[2, 2, 2], activation="sigmoid", loss="half_sse", example=numbers)
network

# %% [markdown]
# ## 2. Derive
#
# Nobody wrote a backward pass: each line below follows from the forward formulas. Open the steps
# of a line to see how.

# %%
derivation = symbp.derive(network)
derivation

# %% [markdown]
# ## 3. Read a line
#
# The delta of the hidden layer is the heart of backpropagation. Each step has a rule and a
# reason.

# %%
line = derivation.line("dZ1")
line

# %% [markdown]
# The same as text, and the equation as SymPy has it:

# %%
print(line)
for step in line.steps[:3]:
    print(f"  {step.rule}: {step.reason}")
line.equation.rhs

# %% [markdown]
# ## 4. Put the numbers in
#
# Formula, numbers, value, line by line. What is exact has an equals sign; every digit of the
# others is right.

# %%
evaluation = symbp.evaluate(network, weights=["w1", "w5"])
evaluation

# %% [markdown]
# As many digits as you like, and exact forms where there are some:

# %%
print(symbp.evaluate(network, digits=50)["dw5"].text)
print(symbp.evaluate(network, exact=True)["out_h1"])

# %% [markdown]
# ## 5. Why is it this?
#
# A weight acts on the loss along paths. Each factor is the derivative of one line; their products
# add up.

# %%
print(symbp.why(network, "w1"))

# %% [markdown]
# ## 6. Change the activation, change the loss
#
# `cross_entropy` takes the net inputs of the output layer and has the softmax in it, as in torch.
# The delta of the output becomes prediction minus target. That is not a special case that someone
# programmed: the 1/p of the logarithm cancels in the derivation.

# %%
classifier = symbp.Network(
    sizes=[2, 3, 3], activation=["tanh", "identity"], loss="cross_entropy", targets="classes"
)
delta = symbp.derive(classifier).line("dZ2")
assert str(delta) == "[7] dZ2[n,j] = (P[n,j] - Y[n,j])/N"
delta

# %% [markdown]
# ## 7. An activation of your own
#
# Where a name stands, a formula may. What is it like?

# %%
symbp.activation_report("z*exp(-z**2)")

# %% [markdown]
# And what does it do in a network?

# %%
mine = symbp.Network(
    sizes=[2, 3, 1], activation=["z*exp(-z**2)", "identity"], bias="per-unit", name="mine",
    example={"seed": 0, "samples": 4},
)  # fmt: skip
symbp.derive(mine).line("dZ1")

# %% [markdown]
# ## 8. Code
#
# A module that imports nothing but NumPy. Each line has its shape and the number of the line of
# the derivation.

# %%
source = symbp.generate(network)
print(source[source.index("def loss_and_gradients") :].split("\n\n\n")[0])

# %% [markdown]
# Keep it as a file, import it, train:

# %%
import importlib.util
import tempfile
from pathlib import Path

workplace = tempfile.TemporaryDirectory()
folder = Path(workplace.name)
(folder / "worked.py").write_text(source, encoding="utf-8")
spec = importlib.util.spec_from_file_location("worked", folder / "worked.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

params, X, T, learning_rate = module.example()
params, losses = module.train(params, X, T, learning_rate, steps=1000)
print(f"{losses[0]:.6f} -> {losses[-1]:.6f}")
assert losses[-1] < losses[0] / 20

# %% [markdown]
# ## 9. Is it right?
#
# Three oracles that share nothing with the derivation: torch autograd, arbitrary precision,
# central differences.

# %%
report = symbp.verify(network)
assert report.passed
report

# %% [markdown]
# The network with your own activation too:

# %%
report = symbp.verify(mine)
assert report.passed
report

# %% [markdown]
# ## 10. Hand it in
#
# The derivation as a document, in the notation of your textbook and in your language. Here a
# piece of it as Markdown; "tex" and "html" are whole files, and `symbp export --format pdf` makes
# a PDF.

# %%
text = symbp.export(network, "md", notation="prml", parts=["forward", "loss"])
print(text)

# %%
page = symbp.export(network, "html", notation="watermelon", lang="zh")
(folder / "derivation.html").write_text(page, encoding="utf-8")
assert page.startswith("<!doctype html>")
print(f"{len(page) / 1000:.0f} KB, one file, no script, no request")
workplace.cleanup()
