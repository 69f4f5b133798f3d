"""The compiled loops of the CPU backends: over whole tiles of similarities, in one thread each."""

import numpy as np

from idia.compiled import compiled, compiled_for_extremes, compiled_for_sums

CAPACITY = 64
"""Names per photo that a screen passes on; a photo with more is not settled by it."""

TOO_MANY = -1
"""Stands for the number of names passed on where they are more than that."""

# Constants of other modules are arguments here: compiled code is kept until this file changes, whatever they do.

_BLOCK = 64  # names of which only the best is compared first


@compiled_for_sums
def similarity(image: np.ndarray, name: np.ndarray) -> float:
    """The dot product of two embeddings in float64, the same wherever it is computed."""
    total = 0.0
    for index in range(len(image)):
        total += np.float64(image[index]) * np.float64(name[index])
    return total


@compiled_for_extremes
def _block_maxima(scores: np.ndarray, maxima: np.ndarray) -> float:
    best = -np.inf
    for block in range(len(maxima)):
        largest = scores[block * _BLOCK]
        for name in range(block * _BLOCK + 1, min(len(scores), (block + 1) * _BLOCK)):
            largest = max(largest, scores[name])
        maxima[block] = largest
        best = max(best, largest)
    return best


@compiled
def _pass_on(scores: np.ndarray, maxima: np.ndarray, floor: float, names: np.ndarray) -> int:
    """Collects the names that reach the floor, in order; how many there are."""
    n = 0
    for block in range(len(maxima)):
        if maxima[block] >= floor:
            for name in range(block * _BLOCK, min(len(scores), (block + 1) * _BLOCK)):
                if scores[name] >= floor:
                    if n == CAPACITY:
                        return TOO_MANY
                    names[n] = name
                    n += 1
    return n


@compiled
def screen(scores: np.ndarray, margins: np.ndarray, names: np.ndarray, counts: np.ndarray) -> None:
    """Passes on the names whose approximate similarity comes within a margin of the largest.

    Args:
        scores: Approximate similarities `[photos, names]`.
        margins: How far below the largest a name may lie and still be the best, or nearly so `[photos]`.
        names: Filled with names in ascending order `[photos, CAPACITY]`.
        counts: Filled with how many they are, or `TOO_MANY` `[photos]`.
    """
    maxima = np.empty((scores.shape[1] + _BLOCK - 1) // _BLOCK, dtype=scores.dtype)
    for photo in range(len(scores)):
        best = _block_maxima(scores[photo], maxima)
        counts[photo] = _pass_on(scores[photo], maxima, best - margins[photo], names[photo])


@compiled_for_extremes
def _scaled(products: np.ndarray, photo_scale: float, scales: np.ndarray, offsets: np.ndarray, out: np.ndarray) -> None:
    for name in range(len(products)):
        out[name] = np.float32(products[name]) * photo_scale * scales[name] + offsets[name]


@compiled
def screen_products(
    products: np.ndarray,
    photo_scales: np.ndarray,
    scales: np.ndarray,
    offsets: np.ndarray,
    margins: np.ndarray,
    names: np.ndarray,
    counts: np.ndarray,
) -> None:
    """The same for whole-number products, which scales and offsets turn into similarities.

    Args:
        products: Dot products of quantised embeddings `[photos, names]`, int32.
        photo_scales: Scales of the photos `[photos]`, float32.
        scales: Scales of the names `[names]`, float32.
        offsets: What is to be added for each name `[names]`, float32.
        margins: As for `screen`.
        names: As for `screen`.
        counts: As for `screen`.
    """
    scores = np.empty(products.shape[1], dtype=np.float32)
    maxima = np.empty((len(scores) + _BLOCK - 1) // _BLOCK, dtype=np.float32)
    for photo in range(len(products)):
        _scaled(products[photo], photo_scales[photo], scales, offsets, scores)
        best = _block_maxima(scores, maxima)
        counts[photo] = _pass_on(scores, maxima, best - margins[photo], names[photo])


@compiled
def settle(
    images: np.ndarray,
    texts: np.ndarray,
    names: np.ndarray,
    counts: np.ndarray,
    indices: np.ndarray,
    similarities: np.ndarray,
    maxima: np.ndarray,
    runners_up: np.ndarray,
    n_open: np.ndarray,
    tie: float,
    near_tie: float,
) -> None:
    """Compares in float64 the names that were passed on, all of them where they were too many.

    Args:
        images: Embeddings of photos `[photos, dim]`.
        texts: Embeddings of names in one prompt `[names, dim]`.
        names: What was passed on `[photos, CAPACITY]`.
        counts: How many names were `[photos]`.
        indices: Filled with the choice, as in `Standing` `[photos]`; so are the next three.
        similarities: Filled with its similarity.
        maxima: Filled with the largest similarity.
        runners_up: Filled with the second largest, or -inf.
        n_open: Filled with the number of names that `Ties` would hold, 1 where the choice is final.
        tie: How close to the maximum counts as tied.
        near_tie: How close a runner-up must come to be remembered.
    """
    exact = np.empty(len(texts))
    for photo in range(len(images)):
        everybody = counts[photo] < 1
        n = len(texts) if everybody else counts[photo]
        best, second = -np.inf, -np.inf
        for at in range(n):
            name = at if everybody else names[photo, at]
            value = similarity(images[photo], texts[name])
            exact[at] = value
            if value > best:
                best, second = value, best
            elif value > second:
                second = value
        n_steps, step, chosen = 0, -np.inf, 0
        for at in range(n):
            if exact[at] >= best - tie and exact[at] > step:
                if n_steps == 0:
                    chosen = at
                step = exact[at]
                n_steps += 1
        indices[photo] = chosen if everybody else names[photo, chosen]
        similarities[photo] = exact[chosen]
        maxima[photo] = best
        runners_up[photo] = second if second >= best - near_tie else -np.inf
        n_open[photo] = n_steps


@compiled
def open_names(image: np.ndarray, texts: np.ndarray, floor: float, names: np.ndarray, values: np.ndarray) -> int:
    """Fills in the names of one photo that `Ties` holds, and their similarities; how many they are.

    Args:
        image: Embedding of the photo `[dim]`.
        texts: Embeddings of names in one prompt `[names, dim]`.
        floor: The similarity that is still tied with the best.
        names: Filled with names, as many as there is place for.
        values: Filled with their similarities.
    """
    n, step = 0, -np.inf
    for name in range(len(texts)):
        value = similarity(image, texts[name])
        if value >= floor and value > step and n < len(names):
            names[n], values[n], step = name, value, value
            n += 1
    return n


@compiled
def quantise(
    vectors: np.ndarray, centre: np.ndarray, quantised: np.ndarray, scales: np.ndarray, lengths: np.ndarray
) -> None:
    """Rounds vectors to whole numbers in [-127, 127] after a centre was taken away.

    Args:
        vectors: `[vectors, dim]`.
        centre: `[dim]`, float64.
        quantised: Filled with whole numbers `[vectors, dim or more]`, int8.
        scales: Filled with what they are to be multiplied with `[vectors]`, float32.
        lengths: Filled with the lengths of the vectors, of what became of them, and of what rounding took from them
            `[vectors, 3]`.
    """
    dim = vectors.shape[1]
    moved = np.empty(dim)
    for vector in range(len(vectors)):
        scale = _largest(vectors[vector], centre, moved) / 127.0
        scales[vector] = scale
        step = np.float64(scales[vector])
        # Nothing to round, or too little for a float32.
        inverse = 1.0 / step if step > 1e-30 else 0.0
        _rounded(moved, inverse, step, quantised[vector], lengths[vector])


@compiled_for_extremes
def _largest(vector: np.ndarray, centre: np.ndarray, moved: np.ndarray) -> float:
    largest = 0.0
    for index in range(len(moved)):
        moved[index] = np.float64(vector[index]) - centre[index]
        largest = max(largest, abs(moved[index]))
    return largest


@compiled_for_sums
def _rounded(moved: np.ndarray, inverse: float, step: float, quantised: np.ndarray, lengths: np.ndarray) -> None:
    whole, made, lost = 0.0, 0.0, 0.0
    for index in range(len(moved)):
        number = min(max(np.rint(moved[index] * inverse), -127.0), 127.0)
        quantised[index] = np.int8(number)
        rest = moved[index] - number * step
        whole += moved[index] * moved[index]
        made += number * number
        lost += rest * rest
    lengths[0], lengths[1], lengths[2] = np.sqrt(whole), np.sqrt(made) * step, np.sqrt(lost)


@compiled
def offsets(vectors: np.ndarray, centre: np.ndarray, direction: np.ndarray, out: np.ndarray) -> None:
    """The dot products of vectors, less a centre, with a direction `[vectors]`."""
    there = similarity(centre, direction)
    for vector in range(len(vectors)):
        out[vector] = similarity(vectors[vector], direction) - there


@compiled
def lengths(vectors: np.ndarray, out: np.ndarray) -> None:
    """The lengths of vectors `[vectors]`."""
    for vector in range(len(vectors)):
        out[vector] = np.sqrt(similarity(vectors[vector], vectors[vector]))
