"""Bytes of an image file in, upright RGB pixels out, within limits: decoding_limits -> decode."""
