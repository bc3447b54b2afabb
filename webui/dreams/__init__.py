"""Deep Dream on a picture of the history: asked for, watched while it is made, kept with its picture.

/dreams/new/<answer>/ -> jobs.queue -> python -m training dream -> /dreams/<job>/: how far, pictures, the dream
"""
