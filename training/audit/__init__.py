"""Audits pictures before training: inspect -> image_check, duplicates -> findings, then quarantine, table, to_json."""
