"""Class folders into batches of pictures.

class_folders -> dataset -> groups -> split -> picture_memory, augmentation, sampling -> batches -> prefetch
"""
