"""What a question may cost.

TooCostly            it takes too much to be read
├ TooManyPoints      in buckets so small
├ ArchiveTooCostly   of what lies in files
└ HoldsTooCostly     in buckets of whatever size: what is held is read where values change
"""

from barograph.archive.laying import TooMuchArchived
from barograph.errors import Invalid


class TooCostly(Invalid):
    """Costs too much"""


class TooManyPoints(TooCostly):
    """Costs too much"""


class ArchiveTooCostly(TooCostly):
    """Costs too much"""

    slug = TooMuchArchived.slug


class HoldsTooCostly(TooCostly):
    """Costs too much"""
