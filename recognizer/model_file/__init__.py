"""The H5 file that is a model, numbers and no code: hdf5_heaps -> artifact <- metadata <- rejection_record, results."""
