"""Every text of the interface in one table, docs/texts.md, for whoever translates or reads it as one."""
