"""Look inside: what the network saw in a picture, as pages and as JSON.

subject -> workbench: a slot, the picture decoded, what is known of it already -> views, api
"""
