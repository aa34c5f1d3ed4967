"""Muon for the layers' matrices, AdamW for everything else.

Muon makes each matrix's update orthogonal, which needs far fewer steps than Adam to learn the
same; its updates are scaled to the size of Adam's, so both take one learning rate.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor, nn

_MOMENTUM = 0.95
_UPDATE_SIZE = 0.2
_WEIGHT_DECAY = 0.01
_ROUNDS = 5


class Optimiser:
    """One step function for all parameters that learn; the processes share Muon's work."""

    def __init__(self, model: nn.Module, rank: int, processes: int) -> None:
        learning = {name: p for name, p in model.named_parameters() if p.requires_grad}
        matrices = {
            name: parameter
            for name, parameter in learning.items()
            if ".layers." in name and parameter.ndim == 2
        }
        rest = [parameter for name, parameter in learning.items() if name not in matrices]
        self._matrices = list(matrices.values())
        self._momenta = [torch.zeros_like(matrix) for matrix in self._matrices]
        self._adam = torch.optim.AdamW(
            rest, betas=(0.9, 0.98), weight_decay=_WEIGHT_DECAY, fused=True
        )
        self._rank, self._processes = rank, processes

    @torch.no_grad()
    def step(self, rate: float, matrix_rate: float) -> None:
        """Update all parameters from their gradients, then clear these."""
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        self._adam.zero_grad(set_to_none=False)
        shared = torch.zeros(sum(matrix.numel() for matrix in self._matrices))
        own: dict[torch.Size, list[int]] = {}
        places: list[Tensor] = []
        at = 0
        for index, (matrix, momentum) in enumerate(zip(self._matrices, self._momenta, strict=True)):
            places.append(shared[at : at + matrix.numel()].view_as(matrix))
            at += matrix.numel()
            assert matrix.grad is not None
            momentum.lerp_(matrix.grad, 1 - _MOMENTUM)
            if index % self._processes == self._rank:
                own.setdefault(matrix.shape, []).append(index)
        for shape, indices in own.items():
            stacked = torch.stack(
                [self._gradient(index).lerp(self._momenta[index], _MOMENTUM) for index in indices]
            )
            size = _UPDATE_SIZE * max(shape) ** 0.5
            for index, update in zip(indices, orthogonal(stacked), strict=True):
                places[index].copy_(update * size)
        if self._processes > 1:
            dist.all_reduce(shared)
        for matrix, update in zip(self._matrices, places, strict=True):
            matrix.mul_(1 - matrix_rate * _WEIGHT_DECAY).sub_(update, alpha=matrix_rate)
            assert matrix.grad is not None
            matrix.grad.zero_()

    def _gradient(self, index: int) -> Tensor:
        gradient = self._matrices[index].grad
        assert gradient is not None
        return gradient


def orthogonal(stacked: Tensor) -> Tensor:
    """The nearest orthogonal matrices, roughly, by Newton-Schulz rounds."""
    tall = stacked.shape[1] > stacked.shape[2]
    x = stacked.transpose(1, 2) if tall else stacked
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_ROUNDS):
        square = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.transpose(1, 2) if tall else x
