"""What is wrong with a data set: image_check, duplicates -> findings -> inspect -> table, page."""
