"""A simulated rig: waveforms, noise and faults, for trying a server out and for loading it."""
