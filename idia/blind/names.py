"""What names alone give away: letters, length and number of tokens."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from idia.blind.crossvalidation import Judge
from idia.blind.logistic import logistic, standardised
from idia.names import canonical_name

_STRENGTH = 10.0


def name_judge(
    names: Sequence[str], is_member: Bool[np.ndarray, " people"], token_counts: Int[np.ndarray, " people"] | None = None
) -> Judge:
    """Returns a judge who sees nothing but names.

    Args:
        names: Everybody's name.
        is_member: Who is a member `[people]`.
        token_counts: Tokens of each name, as the model under audit splits it `[people]`.
    """
    return logistic(name_features(names, token_counts), is_member, strength=_STRENGTH)


def name_features(names: Sequence[str], token_counts: Int[np.ndarray, " people"] | None = None) -> Any:
    """Returns letters, length, words and tokens of names as a sparse matrix `[people, features]`.

    Letters are all runs of two to four characters within a word and its ends, weighted by how rare they are (TF-IDF),
    so that the length of a name's row is 1; runs of one name alone say nothing about others and are left out. The
    others are standardised. All of it is the same whoever is a member.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer  # a second's import

    written = [canonical_name(name) for name in names]
    letters = csr_matrix(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), lowercase=False).fit_transform(written)
    )
    shared = np.flatnonzero(letters.getnnz(axis=0) > 1)
    columns = [[len(name) for name in written], [len(name.split()) for name in written]]
    if token_counts is not None:
        columns.append(list(map(int, token_counts)))
    counts = standardised(np.array(columns, dtype=np.float64).T)
    return csr_matrix(hstack([letters[:, shared], csr_matrix(counts)]))
