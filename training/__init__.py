"""Trains a model file from folders of pictures; the only package that changes weights.

cli -> commands -> pipeline -> cross_validation -> trainer, export, calibration, report -> evaluation
trainer -> network, optim;  all of these -> audit -> data -> config -> errors
"""
