"""The vote of one person, compiled: photos in the random order of each draw, counted one after the other."""

import numpy as np
from jaxtyping import Int, Int32, UInt, UInt64

from idia.compiled import compiled

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_27, _30, _31, _63 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(63)


def tally(
    table: Int[np.ndarray, "photos prompts"],
    target: int,
    sizes: Int[np.ndarray, " sizes"],
    person_bits: UInt64[np.ndarray, ""],
    photo_keys: UInt64[np.ndarray, " photos"],
    scores: UInt[np.ndarray, "sizes draws"],
) -> None:
    """Writes the prompts one person wins, for every number of photos and every draw.

    Equivalent code, for one draw:

        order = np.argsort(random_bits(seed, person_key, draw, photo_keys), kind="stable")
        scores[:, draw] = [prompts_won(table[order[:size]], target, n_names) for size in sizes]

    Args:
        table: Predicted names `[photos, prompts]`.
        target: The person's own name.
        sizes: Photos to take `[sizes]`, each in [1, photos].
        person_bits: `random_bits(seed, person_key)`.
        photo_keys: The keys of the photos `[photos]`.
        scores: Where prompts won are written `[sizes, draws]`.
    """
    is_own = table == target
    everywhere = is_own.all(axis=0)
    # Prompts that are never or always right need no counting.
    undecided = is_own.any(axis=0) & ~everywhere
    table, is_own = table[:, undecided], is_own[:, undecided]
    n_prompts = table.shape[1]
    counters = np.empty(table.shape, dtype=np.int32)
    counters[is_own] = np.broadcast_to(np.arange(n_prompts, dtype=np.int32), table.shape)[is_own]
    # One counter for every pair of a prompt and another name.
    pairs = (table.astype(np.int64) * n_prompts + np.arange(n_prompts))[~is_own]
    others, numbers = np.unique(pairs, return_inverse=True)
    counters[~is_own] = n_prompts + numbers.ravel()
    ascending = np.argsort(sizes, kind="stable")
    always = int(everywhere.sum())
    _tally(
        counters,
        n_prompts + len(others),
        always,
        sizes[ascending],
        ascending,
        np.uint64(person_bits),
        photo_keys,
        scores,
    )


@compiled
def _tally(
    counters: Int32[np.ndarray, "photos prompts"],
    n_counters: int,
    always: int,
    sizes: Int[np.ndarray, " sizes"],
    rows: Int[np.ndarray, " sizes"],
    person_bits: np.uint64,
    photo_keys: UInt64[np.ndarray, " photos"],
    scores: UInt[np.ndarray, "sizes draws"],
) -> None:
    """Counts draw by draw; the first counters are those of the own name, one per prompt, then come other names."""
    n_photos, n_prompts = counters.shape
    counts = np.empty(n_counters, dtype=np.int32)
    best = np.empty(n_prompts, dtype=np.int32)
    # An own name is counted upwards from so far below that it never counts as the best of the others.
    handicap = np.int32(n_photos + 1)
    photo_bits = np.empty(n_photos, dtype=np.uint64)
    for photo in range(n_photos):
        photo_bits[photo] = _mixed(photo_keys[photo] + _GOLDEN)
    bits, order = np.empty(n_photos, dtype=np.uint64), np.empty(n_photos, dtype=np.int32)
    shift, n_buckets = _63, 2
    while n_buckets < n_photos:
        shift, n_buckets = shift - np.uint64(1), 2 * n_buckets
    starts = np.empty(n_buckets + 1, dtype=np.int32)
    unsorted = np.empty(n_photos, dtype=np.uint64)
    for draw in range(scores.shape[1]):
        draw_bits = _mixed((person_bits + _GOLDEN) ^ _mixed(np.uint64(draw) + _GOLDEN)) + _GOLDEN
        for photo in range(n_photos):
            unsorted[photo] = _mixed(draw_bits ^ photo_bits[photo])
        _sort(unsorted, shift, starts, bits, order)
        counts[:n_prompts] = -handicap
        counts[n_prompts:] = 0
        best[:] = 0
        taken = 0
        for at in range(len(sizes)):
            if draw > 0 and sizes[at] == n_photos:  # all photos in another order: nothing to count again
                scores[rows[at], draw] = scores[rows[at], 0]
                continue
            while taken < sizes[at]:
                photo = order[taken]
                for prompt in range(n_prompts):
                    counter = counters[photo, prompt]
                    count = counts[counter] + np.int32(1)
                    counts[counter] = count
                    best[prompt] = max(best[prompt], count)
                taken += 1
            won = always
            for prompt in range(n_prompts):
                won += counts[prompt] + handicap > best[prompt]
            scores[rows[at], draw] = won


@compiled
def _sort(
    unsorted: UInt64[np.ndarray, " photos"],
    shift: np.uint64,
    starts: Int32[np.ndarray, " buckets"],
    bits: UInt64[np.ndarray, " photos"],
    order: Int32[np.ndarray, " photos"],
) -> None:
    """A stable argsort of random bits: their first ones say about where they belong, neighbours change places."""
    starts[:] = 0
    for photo in range(len(unsorted)):
        starts[(unsorted[photo] >> shift) + np.uint64(1)] += 1
    for bucket in range(1, len(starts)):
        starts[bucket] += starts[bucket - 1]
    for photo in range(len(unsorted)):
        bucket = unsorted[photo] >> shift
        at = starts[bucket]
        starts[bucket] += 1
        bits[at], order[at] = unsorted[photo], photo
    for photo in range(1, len(bits)):
        moved, which, at = bits[photo], order[photo], photo
        while at > 0 and bits[at - 1] > moved:
            bits[at], order[at] = bits[at - 1], order[at - 1]
            at -= 1
        bits[at], order[at] = moved, which


@compiled
def _mixed(bits: np.uint64) -> np.uint64:
    bits = (bits ^ (bits >> _30)) * _MIX_1
    bits = (bits ^ (bits >> _27)) * _MIX_2
    return bits ^ (bits >> _31)
