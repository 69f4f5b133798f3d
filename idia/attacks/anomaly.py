"""Anomaly detectors that know nothing but reference texts, and their vote on others."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float64, Int64

from idia.attacks.one_core import on_one_core
from idia.errors import DatasetError, SettingError, ShapeError
from idia.randomness import key_of, random_bits

DETECTORS = ("isolation-forest", "local-outlier-factor", "one-class-svm", "autoencoder")
"""Who votes, in the order of the columns of votes."""

FEWEST_REFERENCES = 20
"""Reference texts, at least: of fewer, one in ten is no two texts."""

CONTAMINATION = 0.1
"""Which share of the reference texts each detector calls abnormal, as published."""

_FOLDS = 5
_NEIGHBOURS = 20  # scikit-learn's, and the release's
_ROUNDING = 1e-9  # of the largest feature: what differs by less does not differ
_FARTHEST = 1e6  # deviations: trees compare in float32, and beyond this nothing becomes any clearer
_PURPOSE = key_of("anomaly detectors")

Matrix = Float64[np.ndarray, "texts features"]
_Anomaly = Callable[[Matrix], Float64[np.ndarray, " texts"]]
"""How abnormal texts are, by their standardised features; larger is more abnormal."""


@final
@dataclass(frozen=True, eq=False, slots=True)
class AnomalyVerdicts:
    """What detectors say about texts.

    Attributes:
        votes: Which detector calls which text abnormal `[texts, detectors]`, in the order of `DETECTORS`.
        scores: How abnormal each text is, on no scale of its own `[texts]`; see `AnomalyDetectors.judged`.
    """

    votes: Bool[np.ndarray, "texts detectors"]
    scores: Float64[np.ndarray, " texts"]

    @property
    def called(self) -> Bool[np.ndarray, " texts"]:
        """Who is taken for a member of the training data: whom a majority calls abnormal."""
        return majority(self.votes)


def majority(votes: Bool[np.ndarray, "texts detectors"]) -> Bool[np.ndarray, " texts"]:
    """Returns whom more than half of the detectors call abnormal; a tie is a non-member.

    As published, where an anomaly counts -1 and a normal text +1, and a member's votes add up to less than 0: three
    of four, or three of five.

    >>> majority(np.array([[True, True, True, False], [True, True, False, False]])).tolist()
    [True, False]
    """
    called: Bool[np.ndarray, " texts"] = 2 * votes.sum(axis=1) > votes.shape[1]
    return called


@final
@dataclass(frozen=True, eq=False, slots=True)
class AnomalyDetectors:
    """Four detectors, fitted on reference texts that were surely never trained on, and on nothing else.

    Isolation forest, local outlier factor, one-class support vector machine and autoencoder, of scikit-learn, as
    published; features are standardised by the reference. Each gives a number, and calls a text abnormal whose number
    lies above those of all but a share of the reference (`contamination`). A text that was fitted looks more normal
    than it is, so reference texts are judged by detectors that were fitted on the other four fifths; then about that
    share of fresh texts of the same kind is called abnormal by each detector.

    Abnormal is not *more like a member*: detectors know no direction, and a text that is less similar than any
    gibberish is as abnormal as one that is more similar. Nor does it mean *trained on*: whatever else sets texts apart
    from the reference, such as being a human name, is called abnormal, too.

    The autoencoder has 16, 8, 1, 8 and 16 hidden units, so that it must leave something out. They are hyperbolic
    tangents, which cannot follow a text far away from the reference; its output is linear.

    Attributes:
        n_features: How many features a text has.
        contamination: Share of reference texts that each detector calls abnormal.

    Source:
        Cheng, Li, Jia, "TUNI: A Textual Unimodal Detector for Identity Inference in CLIP Models", arXiv:2405.14517.
    """

    n_features: int
    contamination: float
    _scaler: Any
    _detectors: tuple["_Calibrated", ...]

    @classmethod
    def fitted(cls, reference: Matrix, *, contamination: float = CONTAMINATION, seed: int = 0) -> "AnomalyDetectors":
        """Returns detectors that have seen the reference texts, in whatever order these come.

        Args:
            reference: Features of texts that were surely never trained on `[references, features]`.
            contamination: Which share of such texts each detector is to call abnormal, in (0, 0.5].
            seed: Keys the folds and whatever detectors draw, in [0, 2**64).

        Raises:
            ShapeError: Features are no finite table.
            DatasetError: There are fewer than twenty reference texts, or all have the same features.
            SettingError: No such share or seed can be had.
        """
        if not 0 < contamination <= 0.5:
            raise SettingError(f"contamination is a share in (0, 0.5], got {contamination}.")
        if not 0 <= seed < 2**64:
            raise SettingError(f"the seed must be a number in [0, 2**64), got {seed}.")
        check_features(reference, "reference")
        if len(reference) < FEWEST_REFERENCES:
            raise DatasetError(
                f"detectors learn what is normal from reference texts: expected at least {FEWEST_REFERENCES}, got "
                f"{len(reference)}. Take 100."
            )
        if (np.ptp(reference, axis=0) <= _ROUNDING * np.abs(reference).max(axis=0)).all():
            raise DatasetError(
                f"all {len(reference)} reference texts have the same features, so nothing can be told to be abnormal. "
                "Does the model embed every text alike? Are the starts of the optimisation all the same?"
            )
        from sklearn.preprocessing import StandardScaler  # a second's import

        ordered = reference[np.lexsort(reference.T)]  # whatever is drawn, and dealt, does not depend on the order then
        scaler = StandardScaler().fit(ordered)
        folds, drawn = _dealt(len(ordered), seed), int(random_bits(_PURPOSE, seed, key_of("drawn"))) >> 32
        with on_one_core():
            detectors = tuple(
                _calibrated(fit, scaler.transform(ordered), folds, contamination, drawn) for fit in _FITS.values()
            )
        return cls(reference.shape[1], contamination, scaler, detectors)

    def judged(self, features: Matrix) -> AnomalyVerdicts:
        """Returns what the detectors say about texts, each text by itself.

        The score is the mean over detectors of

            z = (anomaly - median) / interquartile range           # of the reference, judged by those fitted on others
            sign(z) log(1 + |z|)

        so that it grows with what each detector says, and none decides alone who is far out: the anomalies of a local
        outlier factor and of an autoencoder have no upper end, those of the other two have one.

        Args:
            features: Features of any texts `[texts, features]`, in the reference's order of features.

        Raises:
            ShapeError: Features are no finite table, or others than those that the detectors were fitted on.
        """
        check_features(features, "judged")
        if features.shape[1] != self.n_features:
            raise ShapeError(
                f"expected the {self.n_features} features that the detectors were fitted on, got {features.shape[1]}."
            )
        if not len(features):
            return AnomalyVerdicts(np.zeros((0, len(DETECTORS)), dtype=bool), np.zeros(0))
        scaled = np.clip(self._scaler.transform(features), -_FARTHEST, _FARTHEST)
        with on_one_core():
            anomalies = [detector.anomaly(scaled) for detector in self._detectors]
        votes = [found > each.threshold for found, each in zip(anomalies, self._detectors, strict=True)]
        z = np.stack([each.standardised(found) for found, each in zip(anomalies, self._detectors, strict=True)])
        return AnomalyVerdicts(np.stack(votes, axis=1), (np.sign(z) * np.log1p(np.abs(z))).mean(axis=0))


def check_features(features: Matrix, whose: str) -> None:
    """Makes sure that features can be used.

    Raises:
        ShapeError: They are no table of a row for each text, or not all finite.
    """
    if features.ndim != 2 or not features.shape[1]:
        raise ShapeError(f"expected a table of a row for each {whose} text, got an array of shape {features.shape}.")
    if not (finite := np.isfinite(features).all(axis=1)).all():
        raise ShapeError(
            f"{(~finite).sum()} of {len(features)} {whose} texts have features that are not finite, the first in row "
            f"{int(np.argmin(finite))}. Did the optimisation diverge? Take smaller steps."
        )


@final
@dataclass(frozen=True, eq=False, slots=True)
class _Calibrated:
    """A detector, and how abnormal the reference looks to others of its kind."""

    anomaly: _Anomaly
    threshold: float
    median: float
    spread: float

    def standardised(self, anomalies: Float64[np.ndarray, " texts"]) -> Float64[np.ndarray, " texts"]:
        return (anomalies - self.median) / self.spread


_Fit = Callable[[Matrix, float, int], _Anomaly]


def _calibrated(
    fit: _Fit, scaled: Matrix, folds: Int64[np.ndarray, " references"], contamination: float, drawn: int
) -> _Calibrated:
    found = np.empty(len(scaled))
    for fold in range(_FOLDS):
        found[folds == fold] = fit(scaled[folds != fold], contamination, drawn)(scaled[folds == fold])
    # Of Weibull's quantiles, a fresh number lies above in just this share of the cases, whatever its distribution.
    threshold = float(np.quantile(found, 1 - contamination, method="weibull"))
    lower, median, upper = np.quantile(found, [0.25, 0.5, 0.75])
    spread = float(upper - lower) or float(found.std()) or 1.0
    return _Calibrated(fit(scaled, contamination, drawn), threshold, float(median), spread)


def _dealt(n_references: int, seed: int) -> Int64[np.ndarray, " references"]:
    order = np.argsort(random_bits(_PURPOSE, seed, np.arange(n_references, dtype=np.uint64)))
    folds = np.empty(n_references, dtype=np.int64)
    folds[order] = np.arange(n_references) % _FOLDS
    return folds


def _isolation_forest(scaled: Matrix, _: float, drawn: int) -> _Anomaly:
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(random_state=drawn).fit(scaled)
    return lambda judged: -forest.score_samples(judged)


def _local_outlier_factor(scaled: Matrix, _: float, __: int) -> _Anomaly:
    from sklearn.neighbors import LocalOutlierFactor

    with warnings.catch_warnings():
        # Of texts that occur many times. Those beside them are infinitely abnormal; so be it.
        warnings.filterwarnings("ignore", message="Duplicate values are leading to incorrect results")
        factor = LocalOutlierFactor(n_neighbors=min(_NEIGHBOURS, len(scaled) - 1), novelty=True).fit(scaled)
    return lambda judged: -factor.score_samples(judged)


def _one_class_svm(scaled: Matrix, contamination: float, _: int) -> _Anomaly:
    from sklearn.svm import OneClassSVM

    machine = OneClassSVM(gamma="auto", nu=contamination).fit(scaled)
    # A machine's scores grow with the number of texts it was fitted on; the share of those at its margin does not.
    return lambda judged: 1 - machine.score_samples(judged) / machine.offset_[0]


def _autoencoder(scaled: Matrix, _: float, drawn: int) -> _Anomaly:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    network = MLPRegressor(
        hidden_layer_sizes=(16, 8, 1, 8, 16),
        activation="tanh",
        batch_size=min(32, len(scaled)),
        learning_rate_init=1e-3,
        max_iter=1000,
        random_state=drawn,
    )
    aim = scaled if scaled.shape[1] > 1 else scaled[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a thousand epochs are enough, as published
        network.fit(scaled, aim)
    return lambda judged: ((network.predict(judged).reshape(judged.shape) - judged) ** 2).sum(axis=1)


_FITS: dict[str, _Fit] = dict(
    zip(DETECTORS, (_isolation_forest, _local_outlier_factor, _one_class_svm, _autoencoder), strict=True)
)
