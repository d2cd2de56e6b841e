"""Files of signals: MDF and TDMS, whose signals have times of their own, and HDF5, which holds arrays.

    scan -> one of `mdf`, `tdms` (a row for each sample) or `hdf5` (a column for each array)

Each reads through a package that need not be installed; only parsers import them.
"""
