"""`python -m docs.texts`: writes docs/texts.md anew."""

from docs.texts.table import PAGE, collected, table

PAGE.write_text(table(collected()), encoding="utf-8")
print(PAGE)
