"""The model files of one folder: file_names -> versions -> activate."""
