"""A small Whisper in PyTorch; names of the parts follow what the export writes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Size:
    """Shape of the model; the export reads it from the checkpoint."""

    vocabulary: int
    phones: int
    width: int = 192
    heads: int = 3
    encoder_layers: int = 4
    decoder_layers: int = 2
    mels: int = 80
    audio_positions: int = 1500
    text_positions: int = 448


class Attention(nn.Module):
    """Multi-head attention; the key projection has no bias, as in Whisper."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def _split(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        return x.view(batch, length, self.heads, width // self.heads).transpose(1, 2)

    def forward(
        self, x: Tensor, source: Tensor, bias: Tensor | None = None, *, causal: bool = False
    ) -> Tensor:
        """Attend from `x` to `source`; `bias` is added to the scores of each source position."""
        query = self._split(self.query(x))
        mixed = functional.scaled_dot_product_attention(
            query,
            self._split(self.key(source)),
            self._split(self.value(source)),
            attn_mask=None if bias is None else bias.to(query.dtype),
            is_causal=causal,
        )
        return self.out(mixed.transpose(1, 2).flatten(2))

    def weighted(self, x: Tensor, source: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward`, with the attention weights (batch, heads, length, source)."""
        query, key = self._split(self.query(x)), self._split(self.key(source))
        scores = (query @ key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1]) + bias
        weights = scores.softmax(-1)
        mixed = weights.to(query.dtype) @ self._split(self.value(source))
        return self.out(mixed.transpose(1, 2).flatten(2)), weights


class FeedForward(nn.Module):
    """Two linear layers around a GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Apply both layers to each position."""
        return self.down(functional.gelu(self.up(x)))


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, each after its norm."""

    def __init__(self, size: Size, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(size.width)
        self.attention = Attention(size.width, size.heads)
        self.feed_norm = nn.LayerNorm(size.width)
        self.feed = FeedForward(size.width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """States after the layer; `bias` as in Attention."""
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed, bias))
        return x + self.dropout(self.feed(self.feed_norm(x)))


class DecoderLayer(nn.Module):
    """Causal self-attention, attention to the sound, feed-forward, each after its norm."""

    def __init__(self, size: Size, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(size.width)
        self.attention = Attention(size.width, size.heads)
        self.cross_norm = nn.LayerNorm(size.width)
        self.cross = Attention(size.width, size.heads)
        self.feed_norm = nn.LayerNorm(size.width)
        self.feed = FeedForward(size.width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, sound: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """States after the layer and its attention to the sound."""
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed, causal=True))
        seen, weights = self.cross.weighted(self.cross_norm(x), sound, bias)
        x = x + self.dropout(seen)
        return x + self.dropout(self.feed(self.feed_norm(x))), weights


class Encoder(nn.Module):
    """Log-mel frames to states at 50 Hz, with the zero padding of a 30 s window in few samples.

    faster-whisper pads each window with zero features to 3,000 frames. The states of that padding
    are alike, so a few of them stand for all, each weighted in the attention by how many it
    stands for; a whole window would cost several times more.
    """

    def __init__(self, size: Size, dropout: float = 0.0) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(size.mels, size.width, 3, padding=1)
        self.conv2 = nn.Conv1d(size.width, size.width, 3, stride=2, padding=1)
        self.layers = nn.ModuleList(EncoderLayer(size, dropout) for _ in range(size.encoder_layers))
        self.norm = nn.LayerNorm(size.width)
        self.register_buffer("positions", sinusoids(size.audio_positions, size.width))

    def forward(self, mel: Tensor, padding_samples: int) -> tuple[Tensor, Tensor]:
        """States (batch, position, width) and the score bias of each position."""
        x = functional.gelu(self.conv1(mel))
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        length = x.shape[1]
        positions: Tensor = self.positions  # type: ignore[assignment]
        left = positions.shape[0] - length
        x = x + positions[:length].to(x.dtype)
        bias = torch.zeros(length)
        if padding_samples and left > 0:
            padding_samples = min(padding_samples, left)
            empty = self.conv1.bias.new_zeros(1, mel.shape[1], 8)
            inside = functional.gelu(self.conv2(functional.gelu(self.conv1(empty))))[:, :, 2]
            places = torch.randperm(left)[:padding_samples] + length
            padding = inside[:, None, :] + positions[places].to(inside.dtype)
            x = torch.cat((x, padding.expand(x.shape[0], -1, -1).to(x.dtype)), 1)
            weight = math.log(left / padding_samples)
            bias = torch.cat((bias, torch.full((padding_samples,), weight)))
        bias = bias[None, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        return self.norm(x), bias


class Decoder(nn.Module):
    """Tokens so far and the sound's states to scores of the next token."""

    def __init__(self, size: Size, dropout: float = 0.0) -> None:
        super().__init__()
        self.embeddings = nn.Embedding(size.vocabulary, size.width)
        self.positions = nn.Parameter(torch.randn(size.text_positions, size.width) * 0.02)
        self.layers = nn.ModuleList(DecoderLayer(size, dropout) for _ in range(size.decoder_layers))
        self.norm = nn.LayerNorm(size.width)
        nn.init.normal_(self.embeddings.weight, std=0.05)

    def forward(self, tokens: Tensor, sound: Tensor, bias: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores (batch, length, vocabulary) and each layer's attention to the sound."""
        x = self.embeddings(tokens) + self.positions[: tokens.shape[1]]
        weights = []
        for layer in self.layers:
            x, seen = layer(x, sound, bias)
            weights.append(seen)
        return self.norm(x) @ self.embeddings.weight.T, weights


class SpeechModel(nn.Module):
    """The recogniser and, for training only, a classifier of phonemes on its encoder."""

    def __init__(self, size: Size, dropout: float = 0.0) -> None:
        super().__init__()
        self.size = size
        self.encoder = Encoder(size, dropout)
        self.decoder = Decoder(size, dropout)
        self.phones = nn.Linear(size.width, size.phones)


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's sinusoidal positions."""
    step = math.log(10_000) / (width // 2 - 1)
    scales = torch.exp(-step * torch.arange(width // 2))
    angles = torch.arange(length)[:, None] * scales[None, :]
    return torch.cat((angles.sin(), angles.cos()), 1)
