"""Runs the whole of Barograph on one machine: `up`, `down` and `status`.

    up -> data_dir (lock, leftovers, keys) -> embedded servers -> migrations, first admin -> programs
       -> supervisor: watch, restart, rotate logs, reload -> stop in reverse order

One process, one thread: the supervisor. Its children get a signal from the kernel should it be killed.
"""
