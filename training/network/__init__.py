"""The network that is trained: starting_weights -> trainable; features -> linear_probe -> temperature."""
