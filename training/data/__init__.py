"""Folders of pictures as batches: class_folders -> dataset -> split, groups -> sampling, augmentation -> batches."""
