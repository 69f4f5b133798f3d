"""Statistics over people: what was measured, how far it may be off, and what may be claimed from it.

The names are resolved on first use: to read a measured number needs no scipy.
"""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.statistics.areas import auc as auc
    from idia.statistics.areas import auc_of as auc_of
    from idia.statistics.areas import auc_over_draws as auc_over_draws
    from idia.statistics.areas import concordance as concordance
    from idia.statistics.areas import in_order_of_scores as in_order_of_scores
    from idia.statistics.discoveries import benjamini_hochberg as benjamini_hochberg
    from idia.statistics.discoveries import benjamini_yekutieli as benjamini_yekutieli
    from idia.statistics.discoveries import decoys_needed as decoys_needed
    from idia.statistics.discoveries import discovered as discovered
    from idia.statistics.discoveries import p_values_among as p_values_among
    from idia.statistics.discoveries import randomisation_p_values as randomisation_p_values
    from idia.statistics.estimates import CONFIDENCE as CONFIDENCE
    from idia.statistics.estimates import Difference as Difference
    from idia.statistics.estimates import Estimate as Estimate
    from idia.statistics.estimates import Unresolved as Unresolved
    from idia.statistics.over_draws import auc_difference_over_draws as auc_difference_over_draws
    from idia.statistics.over_draws import share_difference as share_difference
    from idia.statistics.paired import auc_difference as auc_difference
    from idia.statistics.paired import tpr_difference as tpr_difference
    from idia.statistics.planning import non_members_to_bound_fpr as non_members_to_bound_fpr
    from idia.statistics.planning import non_members_to_measure_tpr as non_members_to_measure_tpr
    from idia.statistics.planning import non_members_to_resolve as non_members_to_resolve
    from idia.statistics.planning import power_of_auc_difference as power_of_auc_difference
    from idia.statistics.precision import precision_at as precision_at
    from idia.statistics.proportions import clopper_pearson as clopper_pearson
    from idia.statistics.proportions import proportion as proportion
    from idia.statistics.rank_sums import rank_sum_p as rank_sum_p
    from idia.statistics.ranks import separated as separated
    from idia.statistics.ranks import shared_ranks as shared_ranks
    from idia.statistics.resampling import BOOTSTRAP_REPLICATES as BOOTSTRAP_REPLICATES
    from idia.statistics.roc import NoFalsePositives as NoFalsePositives
    from idia.statistics.roc import RocCurve as RocCurve
    from idia.statistics.roc import roc_curve as roc_curve
    from idia.statistics.roc import tpr_at_fpr as tpr_at_fpr
    from idia.statistics.roc import tpr_at_no_false_positives as tpr_at_no_false_positives
    from idia.statistics.trends import TrendTest as TrendTest
    from idia.statistics.trends import trend_test as trend_test
    from idia.statistics.verdicts import mcnemar as mcnemar

_HOME = {
    "BOOTSTRAP_REPLICATES": "idia.statistics.resampling",
    "CONFIDENCE": "idia.statistics.estimates",
    "Difference": "idia.statistics.estimates",
    "Estimate": "idia.statistics.estimates",
    "NoFalsePositives": "idia.statistics.roc",
    "RocCurve": "idia.statistics.roc",
    "TrendTest": "idia.statistics.trends",
    "Unresolved": "idia.statistics.estimates",
    "auc": "idia.statistics.areas",
    "auc_difference": "idia.statistics.paired",
    "auc_difference_over_draws": "idia.statistics.over_draws",
    "auc_of": "idia.statistics.areas",
    "auc_over_draws": "idia.statistics.areas",
    "benjamini_hochberg": "idia.statistics.discoveries",
    "benjamini_yekutieli": "idia.statistics.discoveries",
    "clopper_pearson": "idia.statistics.proportions",
    "concordance": "idia.statistics.areas",
    "decoys_needed": "idia.statistics.discoveries",
    "discovered": "idia.statistics.discoveries",
    "in_order_of_scores": "idia.statistics.areas",
    "mcnemar": "idia.statistics.verdicts",
    "non_members_to_bound_fpr": "idia.statistics.planning",
    "non_members_to_measure_tpr": "idia.statistics.planning",
    "non_members_to_resolve": "idia.statistics.planning",
    "p_values_among": "idia.statistics.discoveries",
    "power_of_auc_difference": "idia.statistics.planning",
    "precision_at": "idia.statistics.precision",
    "proportion": "idia.statistics.proportions",
    "randomisation_p_values": "idia.statistics.discoveries",
    "rank_sum_p": "idia.statistics.rank_sums",
    "roc_curve": "idia.statistics.roc",
    "separated": "idia.statistics.ranks",
    "share_difference": "idia.statistics.over_draws",
    "shared_ranks": "idia.statistics.ranks",
    "tpr_at_fpr": "idia.statistics.roc",
    "tpr_at_no_false_positives": "idia.statistics.roc",
    "tpr_difference": "idia.statistics.paired",
    "trend_test": "idia.statistics.trends",
}

__all__ = sorted(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
