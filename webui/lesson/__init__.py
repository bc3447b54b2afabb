"""The lesson, a convolution by hand: arithmetic, network, pictures -> examples -> views, chapter by chapter."""
