"""The Triton programs. Their arguments are checked and laid out by the modules that launch them.

Whatever is called padded was allocated by this package: whole tiles, so that no load of a matrix needs a mask. What
changes from call to call without making programs quicker is not specialised: it would be compiled again and again.
"""

from typing import Final

import triton
import triton.language as tl

FUSED: Final = {"enable_fp_fusion": True}
"""Every program is launched with this: a product is added without being rounded before, where that is one instruction.

The bounds allow for the rounding. What Triton does unless it is told depends on its version, and one of them warns.
"""

LOWEST = tl.constexpr(0x40000000)
"""The float32 2.0 as a whole number. Values lie in (2, 4), where floats and their bits are in the same order."""


@triton.jit(do_not_specialize=["n_splits", "n_jobs"])
def screen(
    photos,  # [photos, dim] float16, padded: its descriptor or where it begins
    names,  # [prompts * names, dim] float16, padded: the same
    offsets,  # [prompts, names] float32: what to add to a scaled product; below -4 where there is no name
    gain,  # [1] float32: what scales products into (-1, 1)
    tops,  # [prompts, splits, photos] float32: the largest value, or up to `tile_names` units of its last place less
    indices,  # [prompts, splits, photos] int32: whose it is
    rests,  # [prompts, splits, photos] float32: no other name has a larger value
    n_photos,
    n_names,
    n_splits,
    n_jobs,
    dim,
    tile_photos: tl.constexpr,
    tile_names: tl.constexpr,
    tile_dims: tl.constexpr,
    has_descriptors: tl.constexpr,
):
    """Finds the best of each photo in each prompt, and how close the others come, in one pass over tiles.

    One loop over the tiles of a row, so that the next ones are under way while one is searched. A value's last bits
    hold the place of its name in the tile: the largest number is the best name and its value at once.
    """
    n_row_tiles = n_photos // tile_photos
    n_name_tiles = n_names // tile_names
    n_parts = dim // tile_dims
    scale = tl.load(gain)
    lanes = tl.arange(0, tile_photos)
    columns = tl.arange(0, tile_names)
    depths = tl.arange(0, tile_dims)
    for job in tl.range(tl.program_id(0), n_jobs, tl.num_programs(0)):
        row = job % n_row_tiles * tile_photos
        group = job // n_row_tiles
        above = group // n_splits * n_names
        split = group % n_splits
        begin = n_name_tiles * split // n_splits
        n_turns = n_name_tiles * (split + 1) // n_splits - begin
        top = tl.full((tile_photos,), LOWEST, tl.int32)
        rest = tl.full((tile_photos,), LOWEST, tl.int32)
        index = tl.zeros((tile_photos,), tl.int32)
        products = tl.zeros((tile_photos, tile_names), tl.float32)
        for step in tl.range(0, n_turns * n_parts):
            # Where to load from follows from the counter alone: what waits for a product could not be fetched before.
            turn = step // n_parts
            part = (step - turn * n_parts) * tile_dims
            first = (begin + turn) * tile_names
            if has_descriptors:
                left = photos.load([row, part])
                right = names.load([above + first, part])
            else:
                inner = part + depths
                left = tl.load(photos + (row + lanes).to(tl.int64)[:, None] * dim + inner[None, :])
                right = tl.load(names + (above + first + columns).to(tl.int64)[:, None] * dim + inner[None, :])
            products = tl.dot(left, right.T, products)
            if part + tile_dims == dim:
                values = products * scale + tl.load(offsets + above + first + columns)[None, :]
                keys = (values.to(tl.int32, bitcast=True) & -tile_names) | (tile_names - 1 - columns)[None, :]
                best = tl.max(keys, axis=1)
                second = tl.max(tl.where(keys == best[:, None], 0, keys), axis=1)
                rest = tl.maximum(tl.maximum(rest, second), tl.minimum(top, best))
                index = tl.where(best > top, first + (tile_names - 1) - (best & (tile_names - 1)), index)
                top = tl.maximum(top, best)
                products = tl.zeros((tile_photos, tile_names), tl.float32)
        out = group.to(tl.int64) * n_photos + row + lanes
        tl.store(tops + out, (top & -tile_names).to(tl.float32, bitcast=True))
        tl.store(indices + out, index)
        tl.store(rests + out, (rest | (tile_names - 1)).to(tl.float32, bitcast=True))


@triton.jit(do_not_specialize=["first_name", "n_rows", "n_splits"])
def collect(
    photos,  # [photos, dim] float16, padded
    names,  # [prompts * names, dim] float16, padded
    offsets,  # [prompts, names] float32: as for `screen`
    gain,  # [1] float32: the same
    rows,  # [rows] int32: photos, all of a prompt one after the other
    floors,  # [rows] float32: the value from which on a name counts
    starts,  # [blocks] int32: where a block of rows begins
    stops,  # [blocks] int32: where it ends
    prompts,  # [blocks] int32: whose rows they are
    found,  # [splits, rows, capacity] int32: names in ascending order
    counts,  # [splits, rows] int32: how many names there are, more than the capacity perhaps
    first_name,
    n_rows,
    n_names,
    n_splits,
    capacity,
    dim,
    tile_photos: tl.constexpr,
    tile_names: tl.constexpr,
    tile_dims: tl.constexpr,
):
    """Notes down, for some photos, every name whose value reaches a floor; each list has one program that writes it."""
    block = tl.program_id(0)
    split = tl.program_id(1)
    n_name_tiles = n_names // tile_names
    lanes = tl.load(starts + block) + tl.arange(0, tile_photos)
    is_row = lanes < tl.load(stops + block)
    above = tl.load(prompts + block) * n_names
    photo = tl.load(rows + lanes, mask=is_row, other=0).to(tl.int64)
    floor = tl.load(floors + lanes, mask=is_row, other=8.0)
    out = split.to(tl.int64) * n_rows + lanes
    count = tl.load(counts + out, mask=is_row, other=0)
    scale = tl.load(gain)
    columns = tl.arange(0, tile_names)
    depths = tl.arange(0, tile_dims)
    for tile in tl.range(n_name_tiles * split // n_splits, n_name_tiles * (split + 1) // n_splits):
        first = tile * tile_names
        products = tl.zeros((tile_photos, tile_names), tl.float32)
        for part in tl.range(0, dim, tile_dims):
            inner = part + depths
            left = tl.load(photos + photo[:, None] * dim + inner[None, :])
            right = tl.load(names + (above + first + columns).to(tl.int64)[:, None] * dim + inner[None, :])
            products = tl.dot(left, right.T, products)
        values = products * scale + tl.load(offsets + above + first + columns)[None, :]
        reaches = (values >= floor[:, None]).to(tl.int32)
        if tl.max(reaches) > 0:
            place = count[:, None] + tl.cumsum(reaches, axis=1) - 1
            cell = found + out[:, None] * capacity + place
            name = (first_name + first + columns)[None, :] + tl.zeros_like(place)
            tl.store(cell, name, mask=(reaches > 0) & (place < capacity))
            count += tl.sum(reaches, axis=1)
    tl.store(counts + out, count, mask=is_row)


@triton.jit
def _beside_centre(vectors, centres, group, row, inner, is_inside, dim):
    """Some dimensions of vectors as they were given, and of the centre of their group."""
    number = tl.load(vectors + row[:, None] * dim + inner[None, :], mask=is_inside, other=0.0)
    return number, tl.load(centres + group * dim + inner, mask=inner < dim, other=0.0)[None, :]


@triton.jit(do_not_specialize=["first", "n", "n_all"])
def round_vectors(
    vectors,  # [groups, all, dim]: any kind of float
    centres,  # [groups, dim] float32
    halves,  # [groups, padded, padded_dim] float16
    squares,  # [3, groups, n] float32: squared lengths of the scaled vectors, of what they were rounded to, of the rest
    scale,
    first,
    n,
    n_all,
    n_padded,
    dim,
    padded_dim,
    tile_vectors: tl.constexpr,
    tile_dims: tl.constexpr,
):
    """Takes a centre away from vectors, scales them by a power of two and rounds them to float16."""
    group = tl.program_id(1).to(tl.int64)
    vector = tl.program_id(0) * tile_vectors + tl.arange(0, tile_vectors)
    is_vector = vector < n
    whole = tl.zeros((tile_vectors,), tl.float32)
    kept = tl.zeros((tile_vectors,), tl.float32)
    lost = tl.zeros((tile_vectors,), tl.float32)
    for start in tl.range(0, padded_dim, tile_dims):
        inner = start + tl.arange(0, tile_dims)
        is_inside = is_vector[:, None] & (inner < dim)[None, :]
        number, centre = _beside_centre(vectors, centres, group, group * n_all + first + vector, inner, is_inside, dim)
        if number.dtype == tl.float64:
            centred = (number - centre.to(tl.float64)).to(tl.float32) * scale
        else:
            centred = (number.to(tl.float32) - centre) * scale
        centred = tl.where(is_inside, centred, 0.0)
        half = centred.to(tl.float16)
        out = (group * n_padded + vector)[:, None] * padded_dim + inner[None, :]
        tl.store(halves + out, half, mask=(vector < n_padded)[:, None] & (inner < padded_dim)[None, :])
        back = half.to(tl.float32)
        whole += tl.sum(centred * centred, axis=1)
        kept += tl.sum(back * back, axis=1)
        lost += tl.sum((centred - back) * (centred - back), axis=1)
    size = tl.num_programs(1).to(tl.int64) * n
    place = group * n + vector
    tl.store(squares + place, whole, mask=is_vector)
    tl.store(squares + size + place, kept, mask=is_vector)
    tl.store(squares + 2 * size + place, lost, mask=is_vector)


@triton.jit(do_not_specialize=["first", "n", "n_all"])
def offset_products(
    vectors,  # [groups, all, dim]: any kind of float
    centres,  # [groups, dim] float32
    direction,  # [dim] float32, scaled
    products,  # [groups, n] float32
    scale,
    first,
    n,
    n_all,
    dim,
    tile_vectors: tl.constexpr,
    tile_dims: tl.constexpr,
):
    """Multiplies vectors, less a centre and scaled, with one direction, in float64."""
    group = tl.program_id(1).to(tl.int64)
    vector = tl.program_id(0) * tile_vectors + tl.arange(0, tile_vectors)
    is_vector = vector < n
    total = tl.zeros((tile_vectors,), tl.float64)
    for start in tl.range(0, dim, tile_dims):
        inner = start + tl.arange(0, tile_dims)
        is_inside = is_vector[:, None] & (inner < dim)[None, :]
        number, centre = _beside_centre(vectors, centres, group, group * n_all + first + vector, inner, is_inside, dim)
        weight = tl.load(direction + inner, mask=inner < dim, other=0.0)
        centred = tl.where(is_inside, number.to(tl.float64) - centre.to(tl.float64), 0.0)
        total += tl.sum(centred * weight[None, :].to(tl.float64), axis=1)
    tl.store(products + group * n + vector, (total * scale).to(tl.float32), mask=is_vector)


@triton.jit(do_not_specialize=["n_pairs"])
def similarities(
    photos,  # [photos, dim]: any kind of float
    texts,  # [texts, dim]: any kind of float
    photo_rows,  # [pairs] int64
    text_rows,  # [pairs] int64
    exact,  # [pairs] float64
    n_pairs,
    dim,
    tile_pairs: tl.constexpr,
    tile_dims: tl.constexpr,
):
    """Multiplies a photo's embedding with a text's, pair by pair, in float64 and always in the same order."""
    pair = tl.program_id(0).to(tl.int64) * tile_pairs + tl.arange(0, tile_pairs)
    is_pair = pair < n_pairs
    photo = tl.load(photo_rows + pair, mask=is_pair, other=0)
    text = tl.load(text_rows + pair, mask=is_pair, other=0)
    total = tl.zeros((tile_pairs,), tl.float64)
    for start in tl.range(0, dim, tile_dims):
        inner = start + tl.arange(0, tile_dims)
        is_inside = is_pair[:, None] & (inner < dim)[None, :]
        left = tl.load(photos + photo[:, None] * dim + inner[None, :], mask=is_inside, other=0.0).to(tl.float64)
        right = tl.load(texts + text[:, None] * dim + inner[None, :], mask=is_inside, other=0.0).to(tl.float64)
        total += tl.sum(left * right, axis=1)
    tl.store(exact + pair, total, mask=is_pair)
