"""Compares recipes: each is trained with several seeds, without each of the folds of groups in turn.

candidates -> families: a recipe with a seed -> trials: one fold of it each -> results, kept -> comparison
"""
