"""What the network looked at: the last feature map -> class_activation -> heat_maps."""
