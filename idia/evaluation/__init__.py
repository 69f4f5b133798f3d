"""Scores meet the ground truth: what leaked, with intervals over people."""

from idia.evaluation.bins import OccurrenceBin as OccurrenceBin
from idia.evaluation.bins import default_bins as default_bins
from idia.evaluation.bins import parsed_bins as parsed_bins
from idia.evaluation.evaluating import evaluate as evaluate
from idia.evaluation.evaluating import evaluate_scores as evaluate_scores
from idia.evaluation.evaluating import largest as largest
from idia.evaluation.results import AttackResult as AttackResult
from idia.evaluation.results import Cell as Cell
from idia.evaluation.results import Curve as Curve
from idia.evaluation.results import ScoreCell as ScoreCell
from idia.evaluation.results import ScoreResult as ScoreResult
from idia.evaluation.roles import check_roles as check_roles
from idia.evaluation.verdicts import VerdictResult as VerdictResult
from idia.evaluation.verdicts import evaluate_verdicts as evaluate_verdicts
