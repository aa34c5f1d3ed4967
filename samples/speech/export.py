"""Writes a checkpoint as a model that faster-whisper loads: CTranslate2 int8 and its files."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from ctranslate2.specs import common_spec, transformer_spec
from ctranslate2.specs.whisper_spec import WhisperConfig, WhisperSpec
from torch import Tensor

from samples.speech.model import Size
from samples.speech.tokens import Tokens
from samples.speech.windows import WINDOW_MS

# CTranslate2 takes a model for multilingual only if its vocabulary holds the empty string. The
# byte this token stands for occurs in no text.
_UNUSED_TOKEN = "À"  # noqa: S105

Weights = dict[str, Tensor]
Heads = list[tuple[int, int]]


def export(checkpoint: Path, tokenizer: Path, folder: Path, heads: Heads, version: str) -> None:
    """Write the averaged weights of `checkpoint` with everything beside them into `folder`."""
    saved = torch.load(checkpoint, weights_only=True)
    size = Size(**json.loads(saved["size"]))
    tokens = Tokens.load(tokenizer)
    folder.mkdir(parents=True, exist_ok=True)
    spec = WhisperSpec(size.encoder_layers, size.heads, size.decoder_layers, size.heads)
    _fill(spec, saved["average"], size)
    config: WhisperConfig = spec.config
    config.suppress_ids = []
    config.suppress_ids_begin = [tokens.end]
    config.lang_ids = sorted(tokens.languages.values())
    config.alignment_heads = heads
    vocabulary = [tokens.tokenizer.id_to_token(index) for index in range(tokens.count)]
    spec.register_vocabulary(["" if token == _UNUSED_TOKEN else token for token in vocabulary])
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    if tokenizer.resolve() != (folder / "tokenizer.json").resolve():
        shutil.copyfile(tokenizer, folder / "tokenizer.json")
    _write(
        folder / "preprocessor_config.json",
        {
            "feature_size": size.mels,
            "sampling_rate": 16000,
            "hop_length": 160,
            "chunk_length": WINDOW_MS // 1000,
            "n_fft": 400,
        },
    )
    _write(
        folder / "tematika.json",
        {
            "name": "tematika-demo",
            "version": version,
            "demo": True,
            "languages": ["ru", "en"],
        },
    )


def _write(path: Path, values: dict[str, object]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _array(value: Tensor) -> npt.NDArray[np.float32]:
    return value.detach().float().contiguous().numpy()


def _fill(spec: WhisperSpec, weights: Weights, size: Size) -> None:
    encoder, decoder = spec.encoder, spec.decoder
    for name, part in (("conv1", encoder.conv1), ("conv2", encoder.conv2)):
        part.weight = _array(weights[f"encoder.{name}.weight"])
        part.bias = _array(weights[f"encoder.{name}.bias"])
    encoder.position_encodings.encodings = _array(weights["encoder.positions"])
    _norm(encoder.layer_norm, weights, "encoder.norm")
    for index, layer in enumerate(encoder.layer):
        _self_attention(layer, weights, f"encoder.layers.{index}")
        _feed_forward(layer, weights, f"encoder.layers.{index}")
    decoder.embeddings.weight = _array(weights["decoder.embeddings.weight"])
    decoder.projection.weight = decoder.embeddings.weight
    decoder.position_encodings.encodings = _array(weights["decoder.positions"])
    decoder.scale_embeddings = False
    _norm(decoder.layer_norm, weights, "decoder.norm")
    for index, layer in enumerate(decoder.layer):
        prefix = f"decoder.layers.{index}"
        _self_attention(layer, weights, prefix)
        _cross_attention(layer.attention, weights, prefix, size.width)
        _feed_forward(layer, weights, prefix)


def _norm(part: common_spec.LayerNormSpec, weights: Weights, prefix: str) -> None:
    part.gamma = _array(weights[f"{prefix}.weight"])
    part.beta = _array(weights[f"{prefix}.bias"])


def _linear(part: common_spec.LinearSpec, weight: Tensor, bias: Tensor) -> None:
    part.weight = _array(weight)
    part.bias = _array(bias)


def _self_attention(
    layer: transformer_spec.TransformerEncoderLayerSpec, weights: Weights, prefix: str
) -> None:
    own = f"{prefix}.attention"
    _norm(layer.self_attention.layer_norm, weights, f"{prefix}.attention_norm")
    no_bias = torch.zeros_like(weights[f"{own}.query.bias"])
    _linear(
        layer.self_attention.linear[0],
        torch.cat([weights[f"{own}.{name}.weight"] for name in ("query", "key", "value")]),
        torch.cat([weights[f"{own}.query.bias"], no_bias, weights[f"{own}.value.bias"]]),
    )
    _linear(
        layer.self_attention.linear[1], weights[f"{own}.out.weight"], weights[f"{own}.out.bias"]
    )


def _cross_attention(part: object, weights: Weights, prefix: str, width: int) -> None:
    own = f"{prefix}.cross"
    _norm(part.layer_norm, weights, f"{prefix}.cross_norm")  # type: ignore[attr-defined]
    linear = part.linear  # type: ignore[attr-defined]
    _linear(linear[0], weights[f"{own}.query.weight"], weights[f"{own}.query.bias"])
    _linear(
        linear[1],
        torch.cat([weights[f"{own}.key.weight"], weights[f"{own}.value.weight"]]),
        torch.cat([torch.zeros(width), weights[f"{own}.value.bias"]]),
    )
    _linear(linear[2], weights[f"{own}.out.weight"], weights[f"{own}.out.bias"])


def _feed_forward(
    layer: transformer_spec.TransformerEncoderLayerSpec, weights: Weights, prefix: str
) -> None:
    _norm(layer.ffn.layer_norm, weights, f"{prefix}.feed_norm")
    up, down = f"{prefix}.feed.up", f"{prefix}.feed.down"
    _linear(layer.ffn.linear_0, weights[f"{up}.weight"], weights[f"{up}.bias"])
    _linear(layer.ffn.linear_1, weights[f"{down}.weight"], weights[f"{down}.bias"])


def main() -> None:
    """Read the options and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--heads", default="1:0", help="alignment heads, as layer:head,…")
    parser.add_argument("--version", default="1")
    plan = parser.parse_args()
    heads = [
        (int(layer), int(head))
        for layer, head in (pair.split(":") for pair in plan.heads.split(","))
    ]
    export(plan.checkpoint, plan.tokenizer, plan.folder, heads, plan.version)


if __name__ == "__main__":
    main()
