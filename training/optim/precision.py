"""Chooses the arithmetic that a network is trained in: bfloat16 where the processor computes in it, else float32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})


def dtype_policy(precision: str, cpu_info: Path = _CPU_INFO) -> str:
    """The name of Keras's dtype policy for `auto`, `float32` or `bfloat16`; weights are float32 in each of them."""
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


@contextmanager
def computing_in(policy: str) -> Iterator[None]:
    """Networks that are built meanwhile compute in a dtype policy; Keras has it for the whole process."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
