"""Explanations, where in a picture a class is seen: the last feature map -> class_activation -> heat_maps."""
