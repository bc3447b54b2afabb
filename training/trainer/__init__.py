"""Trains a network, and goes on after a stop: run -> trainer -> fine_tune -> epoch_loop, shared_step -> checkpoint."""
