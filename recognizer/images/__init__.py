"""Image decoding, bytes from outside -> upright RGB pixels, within limits: decoding_limits -> decode."""
