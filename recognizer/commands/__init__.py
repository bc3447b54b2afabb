"""The commands of `python -m recognizer`, one a module: each adds itself to the parser."""
