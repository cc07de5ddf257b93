"""Whether reported values agree with their evidence: by type, exact unless the cycle file states otherwise.

`docs/methods/comparison.md` says when to use which setting.
"""

from methods.comparison.groups import GroupOutcome, compare_group, count_errors
from methods.comparison.outcomes import Outcome, Result
from methods.comparison.values import NUMBERS, compare

__all__ = ["NUMBERS", "GroupOutcome", "Outcome", "Result", "compare", "compare_group", "count_errors"]
