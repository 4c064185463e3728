"""What a user should know about a network that is valid, and perhaps not meant.

Input: a network.  Output: sentences.  Imports spec.
"""

from __future__ import annotations

from symbp.spec import Network


def advice(network: Network) -> tuple[str, ...]:
    """Sentences about the network; none where nothing is odd.

    >>> net = Network(sizes=[2, 3], activation="softmax", loss="cross_entropy")
    >>> print(*advice(net))
    the loss cross_entropy applies softmax itself, and so does the last layer: with identity there \
the delta of the output is prediction minus target
    """
    loss = network.loss_row
    last = network.activations.get(max(network.activations, default=0))
    if not loss.contains or last is None or last.name != loss.contains:
        return ()
    return (
        f"the loss {loss.name} applies {loss.contains} itself, and so does the last layer: with "
        f"identity there the delta of the output is prediction minus target",
    )
