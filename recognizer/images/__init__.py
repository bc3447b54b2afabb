"""Image decoding, bytes -> upright sRGB pixels, within limits: icc -> color -> decoding_limits -> decode."""
