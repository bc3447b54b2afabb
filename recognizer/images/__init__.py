"""Image decoding, bytes -> upright sRGB pixels, within limits: icc -> color -> decoding_limits -> decode.

What is decoded is looked at: whether it is blurred (sharpness), and whether it is nearly another one (near_copies).
"""
