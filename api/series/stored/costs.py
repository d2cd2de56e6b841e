"""What a question may cost.

TooCostly          it takes too much to be read
├ TooManyPoints    in buckets so small
└ HoldsTooCostly   in buckets of whatever size: what is held is read where values change
"""

from barograph.errors import Invalid


class TooCostly(Invalid):
    """Costs too much"""


class TooManyPoints(TooCostly):
    """Costs too much"""


class HoldsTooCostly(TooCostly):
    """Costs too much"""
