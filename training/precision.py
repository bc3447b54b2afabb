"""Chooses the arithmetic to train in: bfloat16 where the processor computes in it, float32 elsewhere."""

from __future__ import annotations

from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})


def computed_in(precision: str, cpu_info: Path = _CPU_INFO) -> str:
    """The Keras dtype policy for `auto`, `float32` or `bfloat16`; weights are float32 in each of them."""
    if precision == "auto":
        precision = "bfloat16" if _processor_has_bfloat16(cpu_info) else "float32"
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"


def _processor_has_bfloat16(cpu_info: Path) -> bool:
    try:
        lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False  # Not Linux: float32 is always right.
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not _BFLOAT16_FLAGS.isdisjoint(flags.split())
