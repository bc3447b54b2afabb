"""Keeps what people wrote from being computed: a spreadsheet takes some texts in a CSV file for formulas."""

from __future__ import annotations

# https://owasp.org/www-community/attacks/CSV_Injection; the wide ones count where Chinese or Japanese is written.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """With an apostrophe before what would be a formula; spreadsheets do not show it."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
