"""Explanations: where a class is seen, what each layer makes of a picture, and what changes when a part is covered.

the last feature map -> class_activation | grad_cam (head_layers) -> heat_maps
picture, square      -> occlusion -> heat_maps
nodes of the graph   -> way: stages, sizes, receptive fields -> feature_maps
embedding            -> backbone_names, neighbours
"""
