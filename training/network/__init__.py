"""The network that is trained: starting_weights -> trainable; features -> head -> temperature."""
