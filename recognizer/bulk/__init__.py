"""Bulk classification: pictures in folders, or a detector's boxes in them, into one CSV or JSON file."""
