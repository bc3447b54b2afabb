"""The guard against CSV injection: texts that a spreadsheet would compute when it opens a CSV file."""

from __future__ import annotations

# https://owasp.org/www-community/attacks/CSV_Injection; the wide ones count where Chinese or Japanese is written.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take the text of a cell for a formula."""
    return text.lstrip(" ").startswith(_FORMULA_STARTS)


def harmless(text: str) -> str:
    """The text, with an apostrophe before what would be a formula; spreadsheets do not show it."""
    return f"'{text}" if is_formula(text) else text
