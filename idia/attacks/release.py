"""What the authors' release of text-only identity inference does with features, defects and all."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor, nn

from idia.attacks.anomaly import check_features, majority
from idia.attacks.one_core import on_one_core
from idia.errors import DatasetError, SettingError, ShapeError
from idia.models.devices import torch_threads
from idia.randomness import key_of, random_bits

RELEASE_DEFECTS: Mapping[str, str] = MappingProxyType(
    {
        "one-start": "All repeats of a text start from the same picture, so that they end alike and the dispersion "
        "measures rounding.",
        "summed-distance": "The dispersion is a sum over repeats, which grows with their number.",
        "fitted-on-tested-names": "Detectors are fitted on four fifths of the names under attack, members and "
        "non-members, instead of on gibberish.",
        "scaled-with-tested-rows": "Features are standardised over all rows, those that are tested among them.",
        "half-normal-svm": "The one-class support vector machine is told to call half of what it was fitted on "
        "abnormal.",
        "transductive-autoencoder": "The autoencoder calls the worse quarter of the rows that are tested together "
        "abnormal, whoever they are.",
        "sigmoid-output": "The autoencoder's output lies between 0 and 1, so that it cannot give back what was "
        "standardised: its error says how large and how negative features are.",
        "unseeded": "Isolation forest, autoencoder and clusters draw anew in every run; here, as a repair, by a seed.",
        "photo-of-one-picture": "Of a text's optimised pictures each overwrites the one before, so that photos are "
        "compared with the last one alone, cut to what a picture file can hold.",
        "photo-sums": "The distances of photos and pictures are added up, so that more photos are further away.",
        "photo-votes-of-other-rows": "Photo votes of all rows are added to the votes of the tested fifth, which fails; "
        "here, as a repair, only those of the tested rows are added.",
        "photo-vote-for-minorities": "Photo votes count where the centres of two clusters of standardised distances "
        "are 3 or more apart, which takes a cluster of fewer than 13 % of the rows.",
    }
)
"""What is wrong in the release, by id; each is kept, unless the sentence says that it is repaired.

The first two are defects of the features, which whoever computes these must keep; ids that begin with `photo` matter
only where photos vote.
"""

FEWEST_ROWS = 30
"""Rows, at least: four fifths of fewer are no 20 neighbours for each of them."""

_N_FEATURES = 2
_SPLIT_SEED = 42
_TESTED_SHARE = 0.2
_CONTAMINATION = 0.1
_NORMAL_QUANTILE = 0.75
_CLUSTERS_APART = 3
_EPOCHS = 1000
_BATCH = 32
_PURPOSE = key_of("release")


@final
@dataclass(frozen=True, eq=False, slots=True)
class ReleaseVerdicts:
    """What the release says about the fifth of the rows that it tests.

    Attributes:
        rows: Which rows of the features those are `[tested]`.
        votes: Who calls which of them a member `[tested, voters]`: isolation forest, local outlier factor, one-class
            support vector machine, autoencoder, and photos where they have a vote.
        scores: How many do `[tested]`.
    """

    rows: Int64[np.ndarray, " tested"]
    votes: Bool[np.ndarray, "tested voters"]
    scores: Float64[np.ndarray, " tested"]

    @property
    def called(self) -> Bool[np.ndarray, " tested"]:
        """Who is taken for a member: with more than half of the votes."""
        return majority(self.votes)


def release_verdicts(
    features: Float64[np.ndarray, "rows 2"],
    *,
    seed: int,
    photo_distances: Float64[np.ndarray, " rows"] | None = None,
) -> ReleaseVerdicts:
    """Returns the verdicts of the authors' release: a comparison, no measurement.

    Each row's verdict depends on the other rows, whoever is among them; `RELEASE_DEFECTS` says what else is wrong.
    Which rows are tested was fixed by the authors: a random fifth, by scikit-learn's split with the seed 42.

    Args:
        features: Similarity and summed distance of every name under attack `[rows, 2]`; there is no reference.
        seed: Keys what the release leaves to chance, in [0, 2**64).
        photo_distances: Summed distance of each name's optimised pictures to real photos `[rows]`, for the fifth vote.

    Raises:
        ShapeError: There are other than two features, some are not finite, or there is not a distance for each row.
        DatasetError: There are fewer than thirty rows.
        SettingError: The seed is out of range.

    Source:
        github.com/Rosy0912/TUNI, `local/vote.py`, commit 00492e3.
    """
    _check(features, seed, photo_distances)
    from sklearn.preprocessing import StandardScaler  # a second's import

    scaled = StandardScaler().fit_transform(features)
    fitted, tested = _split(len(features))
    drawn = int(random_bits(_PURPOSE, seed)) >> 32
    with on_one_core(), torch_threads(1):
        columns = [
            *_outliers(scaled[fitted], scaled[tested], drawn),
            _transductive(_reconstruction_errors(scaled[fitted], scaled[tested], drawn)),
        ]
        if photo_distances is not None and (closer := _closer(photo_distances, drawn)) is not None:
            columns.append(closer[tested])
    votes = np.stack(columns, axis=1)
    return ReleaseVerdicts(tested, votes, votes.sum(axis=1).astype(np.float64))


def rows_tested(n_rows: int) -> Int64[np.ndarray, " tested"]:
    """Returns which of so many rows the release tests, whatever their features `[tested]`.

    Args:
        n_rows: How many names are under attack.

    Raises:
        DatasetError: There are fewer than thirty.
    """
    check_rows(n_rows)
    return _split(n_rows)[1]


def check_rows(n_rows: int) -> None:
    """Makes sure that there are enough names, before anything is asked about them.

    Raises:
        DatasetError: There are fewer than thirty.
    """
    if n_rows < FEWEST_ROWS:
        raise DatasetError(
            f"the release tests a fifth of the names and fits its detectors on the others: expected at least "
            f"{FEWEST_ROWS} names, got {n_rows}. Attack more people, or leave out the release's mode."
        )


def _check(
    features: Float64[np.ndarray, "rows features"], seed: int, distances: Float64[np.ndarray, " rows"] | None
) -> None:
    check_features(features, "attacked")
    if features.shape[1] != _N_FEATURES:
        raise ShapeError(f"the release has two features, similarity and distance, got {features.shape[1]}.")
    check_rows(len(features))
    if not 0 <= seed < 2**64:
        raise SettingError(f"the seed must be a number in [0, 2**64), got {seed}.")
    if distances is not None:
        if distances.shape != (len(features),):
            raise ShapeError(f"expected a distance for each of {len(features)} names, got shape {distances.shape}.")
        check_features(distances[:, None], "attacked")


def _split(n_rows: int) -> tuple[Int64[np.ndarray, " fitted"], Int64[np.ndarray, " tested"]]:
    from sklearn.model_selection import train_test_split  # a second's import

    fitted, tested = train_test_split(np.arange(n_rows), test_size=_TESTED_SHARE, random_state=_SPLIT_SEED)
    return fitted.astype(np.int64), tested.astype(np.int64)


def _outliers(
    fitted: Float64[np.ndarray, "fitted 2"], tested: Float64[np.ndarray, "tested 2"], drawn: int
) -> list[Bool[np.ndarray, " tested"]]:
    from sklearn.ensemble import IsolationForest
    from sklearn.neighbors import LocalOutlierFactor
    from sklearn.svm import OneClassSVM

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Duplicate values are leading to incorrect results")
        detectors = (
            IsolationForest(contamination=_CONTAMINATION, random_state=drawn).fit(fitted),
            LocalOutlierFactor(novelty=True, contamination=_CONTAMINATION).fit(fitted),
            OneClassSVM(gamma="auto").fit(fitted),
        )
    return [detector.predict(tested) == -1 for detector in detectors]


def _reconstruction_errors(
    fitted: Float64[np.ndarray, "fitted 2"], tested: Float64[np.ndarray, "tested 2"], drawn: int
) -> Float64[np.ndarray, " tested"]:
    seen, judged = torch.from_numpy(fitted).float(), torch.from_numpy(tested).float()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(drawn)
        network = _autoencoder()
        _train(network, seen)
    with torch.no_grad():
        errors: Float64[np.ndarray, " tested"] = (network(judged) - judged).square().mean(dim=1).double().numpy()
    return errors


def _autoencoder() -> nn.Module:
    widths = (_N_FEATURES, 16, 8, 4, 8, 16)
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], _N_FEATURES), nn.Sigmoid())


def _train(network: nn.Module, seen: Tensor) -> None:
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(_EPOCHS):
        shuffled = seen[torch.randperm(len(seen))]
        for start in range(0, len(seen), _BATCH):
            batch = shuffled[start : start + _BATCH]
            optimiser.zero_grad()
            nn.functional.mse_loss(network(batch), batch).backward()  # type: ignore[no-untyped-call]
            optimiser.step()


def _transductive(errors: Float64[np.ndarray, " tested"]) -> Bool[np.ndarray, " tested"]:
    flagged: Bool[np.ndarray, " tested"] = errors > np.quantile(errors, _NORMAL_QUANTILE)
    return flagged


def _closer(distances: Float64[np.ndarray, " rows"], drawn: int) -> Bool[np.ndarray, " rows"] | None:
    """Who is in the closer of two clusters; nothing where these are not far apart."""
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    if not np.ptp(distances):
        return None
    scaled = StandardScaler().fit_transform(distances[:, None])
    clusters = KMeans(n_clusters=2, random_state=drawn).fit(scaled)
    centres = clusters.cluster_centers_[:, 0]
    if np.ptp(centres) < _CLUSTERS_APART:
        return None
    closer: Bool[np.ndarray, " rows"] = clusters.labels_ == np.argmin(centres)
    return closer
