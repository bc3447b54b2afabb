"""The review: staff judge corrections, and take them out as pictures to train with."""
