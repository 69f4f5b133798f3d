import numpy as np
import pytest

from idia.errors import SettingError
from idia.testing.false_discoveries import SimulatedAudits, simulated_audits, simulated_embeddings

PHOTOS, NAMES = simulated_embeddings(30, 700)


def audits(seed: int = 0, n_people: int = 10) -> SimulatedAudits:
    return simulated_audits(PHOTOS, NAMES, n_people=n_people, n_audits=5, level=0.2, seed=seed)


def test_audits_of_nobody_find_nobody_rightly() -> None:
    made = audits()

    assert (made.n_people, made.n_members, made.n_decoys) == (10, 0, 49)
    assert made.found.tolist() == [0] * 5
    assert set(made.false_discovery_proportions) <= {0.0, 1.0}


def test_a_seed_decides_on_audits() -> None:
    seeds = [audits(seed).false.tolist() for seed in range(12)]

    assert seeds[0] == audits(0).false.tolist()
    assert any(each != seeds[0] for each in seeds)


def test_members_under_their_own_names_are_found() -> None:
    centred = PHOTOS - PHOTOS.mean(axis=0)
    made = simulated_audits(
        PHOTOS[5:], NAMES[5:], NAMES[:5] + 2 * centred[:5], members=PHOTOS[:5], n_people=10, n_members=3, n_audits=5
    )

    assert made.found.tolist() == [3] * 5
    assert made.n_decoys == 199


def test_shares_are_of_those_picked_out() -> None:
    made = SimulatedAudits(np.array([0, 1, 2]), np.array([0, 3, 0]), n_members=3, n_people=9, n_decoys=9)

    assert made.false_discovery_proportions.tolist() == [0.0, 0.25, 1.0]


def test_too_few_people_or_names_are_refused() -> None:
    with pytest.raises(SettingError, match="0 of 0 members, with 0 names, and 31 of 30 others: draw fewer people"):
        audits(n_people=31)
    with pytest.raises(SettingError, match="expected 1,019 names or more for 20 people and 999 decoys"):
        simulated_audits(PHOTOS, NAMES, n_people=20, level=0.02, n_audits=1)
    with pytest.raises(SettingError, match="5 of 0 members"):
        simulated_audits(PHOTOS, NAMES, n_people=20, n_members=5)
