"""The command `menagerie`: what recognizer, training and webui do for a person at a terminal, under one name.

menagerie -> recognizer.cli, training.cli, webui's server and Django's commands
"""
