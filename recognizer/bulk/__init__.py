"""Bulk classification: pictures in folders or zip files, or a detector's boxes in them, into one CSV or JSON file."""
