"""Takes a network that plain Keras saved and makes a model file of ours of it.

keras_file -> architectures.description -> stored_numbers -> pixels, head -> import_model
"""
