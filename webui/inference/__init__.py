"""From the bytes of a request to predictions: uploads -> admission -> served_model -> classify."""
