"""Bulk classification, folders of pictures into one CSV file: image_files -> classify_files -> answers_csv."""
