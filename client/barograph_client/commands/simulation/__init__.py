"""A rig that is not there: waveforms, noise and faults, for trying a server out and for loading it."""
