"""The arithmetic: bfloat16 only where the processor computes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.optim.precision import dtype_policy


@pytest.mark.parametrize(
    ("precision", "flags", "policy"),
    [
        ("auto", "fpu sse amx_bf16", "mixed_bfloat16"),
        ("auto", "fpu avx512_bf16", "mixed_bfloat16"),
        ("auto", "fpu sse avx2", "float32"),
        ("float32", "fpu amx_bf16", "float32"),
        ("bfloat16", "fpu sse", "mixed_bfloat16"),
    ],
)
def test_the_policy_follows_the_option_and_the_processor(
    tmp_path: Path, precision: str, flags: str, policy: str
) -> None:
    cpu_info = tmp_path / "cpuinfo"
    cpu_info.write_text(f"processor\t: 0\nflags\t\t: {flags}\n", encoding="utf-8")

    assert dtype_policy(precision, cpu_info) == policy


def test_where_the_processor_says_nothing_it_is_float32(tmp_path: Path) -> None:
    assert dtype_policy("auto", tmp_path / "missing") == "float32"
