"""The commands of `python -m training`, one a module: each adds itself to the parser."""
