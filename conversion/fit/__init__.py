"""Fitting: from the points of a calibration certificate to a profile, by least squares.

    points (raw, physical) --fit_profile(kind, …)--> Fit: payload, residuals, covariance
    points (raw, physical) --suggest_degree--------> the degree of polynomial that the points justify

A fit's payload is a plain one: it compiles as it is, and holds over the raw values of the points. Residuals
are in physical units, whatever a kind's equation is linear in, since that is where readings will be off.
"""

from conversion.fit.degree import DegreeTried, suggest_degree
from conversion.fit.options import Options
from conversion.fit.profile import FITS, fit_profile
from conversion.fit.result import Fit

__all__ = ["FITS", "DegreeTried", "Fit", "Options", "fit_profile", "suggest_degree"]
