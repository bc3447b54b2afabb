"""Pictures of what a network looks for: of its filters and classes out of nothing, and dreams on a photograph.

    model file -> open_network: the trained network, for pictures of any size
    gallery:  choose_filters -> fourier_images -> transforms -> network -> one channel, one class -> ascent
    dream:    a photograph, from small to large -> network -> a whole layer, one class -> ascent

Nothing is trained: the weights stay as they are, and the pixels are what changes.
"""
