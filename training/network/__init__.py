"""The network and its last layer: starting_weights -> trainable; feature_cache -> features -> head, temperature."""
