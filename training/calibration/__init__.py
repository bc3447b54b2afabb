"""How sure a score is, and when a picture is none of the classes: embeddings -> ood_scores -> ood -> calibrate."""
