"""What a question may cost."""

from barograph.errors import Invalid


class TooCostly(Invalid):
    """Costs too much"""


class TooManyPoints(TooCostly):
    """Costs too much"""
