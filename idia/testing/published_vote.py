"""The vote as it was published, in pandas, written down anew: what the fast vote is checked and timed against.

A table of predictions has one row per photo: the `person`, the person's own `name`, the `photo`, and one column per
prompt with the name predicted for it. Every draw and every number of photos is sampled, grouped and counted afresh, as
in the authors' notebook: nothing is shared between them, and nothing here should be made faster.
"""

import numpy as np
import pandas as pd

from idia.attacks.predictions import NamePredictions
from idia.randomness import random_bits

_ABOUT_THE_PHOTO = ("person", "name", "photo")


def published_table(predictions: NamePredictions) -> pd.DataFrame:
    """Returns predictions as the published vote takes them, with words for names.

    Args:
        predictions: Indices of the predicted names; so many people's photos become so many rows, in the same order.
    """
    tables = []
    for person, predicted in enumerate(predictions.predicted):
        words = {
            f"prompt {prompt}": [f"name {index}" for index in predicted[:, prompt]]
            for prompt in range(predictions.n_prompts)
        }
        own = {"person": person, "name": f"name {predictions.targets[person]}", "photo": range(len(predicted))}
        tables.append(pd.DataFrame(own | words))
    return pd.concat(tables, ignore_index=True)


def published_vote(
    table: pd.DataFrame, sample_size: int | None = None, *, tau: int = 1, random_state: int | None = None
) -> pd.DataFrame:
    """Returns one draw: how many prompts each person wins, and who is taken for a member.

    A prompt is won if the person's own name is predicted more often than any other. Where two names or more share the
    first place, the prompt has no winner.

    Args:
        table: Predictions, one row per photo.
        sample_size: How many photos of each person are drawn; by default all of them vote.
        tau: Who wins so many prompts is taken for a member.
        random_state: Seeds the sampling, which was not seeded when published.

    Returns:
        `prompts_won` and `predicted_member`, indexed by person.

    Source:
        Hintersdorf, Struppek, Brack, Friedrich, Schramowski, Kersting, "Does CLIP Know My Face?", JAIR 80 (2024), and
        the function `get_membership_metrics` of the authors' notebook `02_idia_laion_multiprompt.ipynb`. Its
        rates are left out: numbers of members and non-members were taken from frequencies, which can swap them.
    """
    if sample_size is not None:
        table = table.groupby("person").sample(sample_size, random_state=random_state).reset_index(drop=True)
    prompts = [column for column in table.columns if column not in _ABOUT_THE_PHOTO]
    lists = table.groupby("person")[prompts].agg(list)

    ranked = lists.apply(lambda column: column.apply(_names_by_frequency)).add_prefix("names of ")
    counts = lists.apply(lambda column: column.apply(_frequencies)).add_prefix("counts of ")
    own_names = table[["person", "name"]].drop_duplicates().set_index("person")
    voted = lists.join(ranked).join(counts).merge(own_names, how="inner", on="person")

    def prompts_won(row: pd.Series) -> int:
        won = 0
        for prompt in prompts:
            names, frequencies = row[f"names of {prompt}"], row[f"counts of {prompt}"]
            leaders = np.argwhere(frequencies == frequencies.max()).flatten()
            if len(leaders) > 1:
                continue
            if names[leaders[0]] == row["name"]:
                won += 1
        return won

    voted["prompts_won"] = voted.apply(prompts_won, axis=1)
    voted["predicted_member"] = voted["prompts_won"].apply(lambda won: won >= tau)
    return voted[["prompts_won", "predicted_member"]]


def draw_subsets(table: pd.DataFrame, predictions: NamePredictions, size: int, *, draw: int, seed: int) -> pd.DataFrame:
    """Returns the rows of the photos that one of our own draws takes, so that both ways can vote on the same photos.

    Args:
        table: `published_table(predictions)`.
        predictions: Whose keys decide which photos are drawn.
        size: Photos per person.
        draw: The number of the draw.
        seed: Keys the draws.
    """
    keys = predictions.person_keys()
    starts = np.concatenate([[0], np.cumsum(predictions.n_photos)])
    rows = []
    for person in range(predictions.n_people):
        bits = random_bits(seed, keys[person], draw, predictions.photo_keys(person))
        rows.append(starts[person] + np.argsort(bits, kind="stable")[:size])
    return table.iloc[np.concatenate(rows)].reset_index(drop=True)


def _names_by_frequency(predicted: list[str]) -> np.ndarray:
    names, counts = np.unique(predicted, return_counts=True)
    return np.asarray(names[counts.argsort()[::-1]])


def _frequencies(predicted: list[str]) -> np.ndarray:
    _, counts = np.unique(predicted, return_counts=True)
    return np.asarray(counts[counts.argsort()[::-1]])
