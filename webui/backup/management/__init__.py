"""The command that takes corrections out for training."""
