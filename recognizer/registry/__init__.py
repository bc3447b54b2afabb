"""The model registry, the versions in one folder: file_names -> versions -> activate."""
