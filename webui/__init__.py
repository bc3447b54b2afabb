"""The Django project: pages, JSON API and probes around `recognizer`, which does the classifying.

urls, server -> versions -> review -> classify -> history -> inference -> accounts -> problems -> config
"""
