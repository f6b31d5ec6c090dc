"""Detectors: one file each. A detector scores every sample in [0, 1], high = look first."""
