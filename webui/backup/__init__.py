"""One file with all that a server keeps: database, pictures, keys, models -> backup -> archive -> restore."""
