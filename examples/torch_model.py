"""The worked example as a torch model: symbp derive --torch examples/torch_model.py:model."""

import torch

model = torch.nn.Sequential(
    torch.nn.Linear(2, 2, bias=False),
    torch.nn.Sigmoid(),
    torch.nn.Linear(2, 2, bias=False),
    torch.nn.Sigmoid(),
).double()
with torch.no_grad():
    model[0].weight.copy_(torch.tensor([[0.2, 0.5], [-0.4, 0.6]], dtype=torch.float64))
    model[2].weight.copy_(torch.tensor([[0.1, -0.3], [-0.5, 0.8]], dtype=torch.float64))
