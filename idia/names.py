"""Candidate names: the list among which the attack looks for each person's own."""

import hashlib
import json
import operator
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from idia.errors import DatasetError, SettingError, UnknownPersonError
from idia.name_sources import DEFAULT_LOCALE, NameParts, locale_parts, paper_parts
from idia.spelling import canonical_name as canonical_name
from idia.spelling import name_key as name_key
from idia.textfiles import column_index, missing_column, read_bytes, read_rows

_LIST_HEADERS = ("name", "names", "full name", "full_name", "person")
_SHOWN = 5


@final
@dataclass(frozen=True, slots=True)
class NamePool:
    """The candidate names of an attack, in a fixed order.

    Attributes:
        names: The names, as they are put into prompts. A name's position is what predictions record.
        source: Where the names are from, for the record.

    Raises:
        DatasetError: There is no name, one is blank, or two are the same once Unicode form (NFC), case,
            underscores and extra spaces are set aside.

    Example:
        >>> NamePool(("Ada Example", "Ben Sample")).index_of(["ben_sample"])
        (1,)
    """

    names: tuple[str, ...]
    source: str = "given"

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _texts(self.names, "names"))
        if not self.names:
            raise DatasetError("the pool of names is empty; give at least one name.")
        _distinct_keys(self.names)

    @classmethod
    def sampled(
        cls, people: Sequence[str] = (), n_names: int = 1000, *, seed: int = 0, locale: str = DEFAULT_LOCALE
    ) -> "NamePool":
        """The people's names and, up to ``n_names``, others drawn from first names × surnames.

        Half of the drawn names are female, half male (one female more where they are odd in number). The draw
        depends on nothing but the seed, the locale's lists and the set of people: a larger pool holds every
        name of a smaller one, and the order of ``people`` changes nothing. For ``en_US`` the lists are frozen, so
        the pool is the same for ever; other locales come from the installed Faker, and ``source`` names its version.

        Args:
            people: Names of the people under attack; they are in the pool whatever it draws.
            n_names: Size of the pool, the people included.
            seed: Any integer.
            locale: The culture the names come from, such as ``de_DE``; an attacker chooses one similar to the
                people's.

        Returns:
            A pool whose order is that of a keyed hash of the names: a position says nothing about a name.

        Raises:
            DatasetError: A name of the people is blank or comes twice.
            SettingError: ``n_names`` is smaller than the number of people or larger than the lists can give, or
                there are no lists for ``locale``.
        """
        seed = _integer(seed, "seed")
        parts = locale_parts(locale)
        orders = tuple(_hashed_order(seed, sex, parts.n_names(index)) for index, sex in enumerate("fm"))
        return cls(_filled(people, parts, orders, n_names, seed), f"{parts.source}, seed {seed}")

    @classmethod
    def from_csv(cls, path: str | Path, people: Sequence[str] = ()) -> "NamePool":
        """The user's own list, and the people's names that it lacks.

        The file has a column ``name`` (other columns are ignored), or a single column with or without a header;
        the headers understood are ``name``, ``names``, ``full name``, ``full_name`` and ``person``. Names keep
        the file's order, the missing people follow in the order of their names. The spelling of ``people``
        stands where the file differs in case.

        Raises:
            DatasetError: The file cannot be read, has several columns and none called ``name``, holds a blank
                name or one name twice; or ``people`` does.
        """
        path = Path(path)
        rows = read_rows(path)
        column = column_index(rows[0], _LIST_HEADERS if len(rows[0].fields) == 1 else ("name",), path)
        if column is None and len(rows[0].fields) > 1:
            raise missing_column(rows[0], "'name'", path)
        wanted = {name_key(name): name for name in _people(people)}
        listed: dict[str, tuple[str, int]] = {}
        for row in rows[column is not None :]:
            name = canonical_name(row.fields[column or 0])
            key = name_key(name)
            if not name:
                raise DatasetError(f"{str(path)!r}, line {row.line}: the name is blank. Write one or remove the row.")
            if key in listed:
                first, line = listed[key]
                raise DatasetError(
                    f"{str(path)!r}, line {row.line}: {name!r} is in line {line} already (as {first!r}). Remove one."
                )
            listed[key] = name, row.line
        if not listed:
            raise DatasetError(f"{str(path)!r} holds no names below its header.")
        names = [wanted.get(key, name) for key, (name, _) in listed.items()]
        names += sorted(name for key, name in wanted.items() if key not in listed)
        sha8 = hashlib.sha256(read_bytes(path)).hexdigest()[:8]
        return cls(tuple(names), f"{path.name} {sha8}")

    @classmethod
    def from_parts(
        cls,
        first_names_csv: str | Path,
        surnames_csv: str | Path,
        people: Sequence[str] = (),
        n_names: int = 1000,
        *,
        seed: int = 42,
    ) -> "NamePool":
        """The pool of the paper's own procedure, from tables of first names and surnames.

        1,000 first names per sex × 1,000 surnames, title-cased; per sex, women first, the rows that pandas'
        ``groupby("sex").sample(n, random_state=seed)`` draws. Where the authors' notebook differs: it draws
        ``(n_names - people) // 2`` names per sex and keeps what comes, so that a name may be in its pool twice
        (drawn for both sexes, or drawn and under attack); here such a name is passed over and the next one of
        the same random order taken, and an odd number of names gets one more female name. It shuffles the pool
        without a seed; here the order is that of a keyed hash.

        Args:
            first_names_csv: Table with the columns ``name,sex``, most frequent first, or the raw table by year
                with ``percent``.
            surnames_csv: Table with a column ``SURNAME`` (or ``name``), most frequent first.
            people: Names of the people under attack.
            n_names: Size of the pool, the people included.
            seed: From 0 to 2**32 - 1.

        Raises:
            DatasetError: A table cannot be used, or a name of the people is blank or comes twice.
            SettingError: ``n_names`` or ``seed`` is out of range.

        Source: Hintersdorf et al., "Does CLIP Know My Face?", JAIR 80 (2024), section 4, and the authors' code.
        """
        seed = _integer(seed, "seed")
        if not 0 <= seed < 2**32:
            raise SettingError(f"seed must be from 0 to 2**32 - 1 for the paper's procedure, got {seed}.")
        parts = paper_parts(Path(first_names_csv), Path(surnames_csv))
        # What pandas does inside; the stream of RandomState is frozen by numpy's own promise.
        rng = np.random.RandomState(seed)
        orders = tuple(iter(rng.permutation(parts.n_names(sex)).tolist()) for sex in (0, 1))
        return cls(_filled(people, parts, orders, n_names, seed), f"{parts.source}, seed {seed}")

    def index_of(self, names: Sequence[str]) -> tuple[int, ...]:
        """The positions of ``names`` in the pool, whatever their case and Unicode form.

        Raises:
            UnknownPersonError: The pool lacks a name.
        """
        keys = [name_key(name) for name in _texts(names, "names")]
        wanted = set(keys)
        positions = {key: index for index, key in enumerate(map(name_key, self.names)) if key in wanted}
        absent = [name for name, key in zip(names, keys, strict=True) if key not in positions]
        if absent:
            more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
            raise UnknownPersonError(
                f"not among the {len(self.names)} names of the pool: {', '.join(map(repr, absent[:_SHOWN]))}{more}. "
                "The pool must hold the name of everyone under attack."
            )
        return tuple(positions[key] for key in keys)

    @property
    def sha256(self) -> str:
        """Fingerprint of the names in their order."""
        digest = hashlib.sha256(b"[")  # of the whole list as JSON, which need not be in memory at once
        for index, name in enumerate(self.names):
            digest.update(f"{', ' if index else ''}{json.dumps(name)}".encode())
        digest.update(b"]")
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.names)


def streamed_names(parts: NameParts, *, seed: int = 0) -> Iterator[str]:
    """Yields full names one after another, female and male in turn, until those of one sex are used up.

    These are first names x surnames in the order in which `NamePool.sampled` draws them, with the same seed, and no
    more of them are held than were asked for. A name of both sexes may come twice.

    Args:
        parts: First names and surnames: `idia.name_sources.locale_parts` or `paper_parts`.
        seed: Any integer.
    """
    seed = _integer(seed, "seed")
    female, male = (parts.names(sex, _hashed_order(seed, "fm"[sex], parts.n_names(sex))) for sex in (0, 1))
    for pair in zip(female, male, strict=False):
        yield from pair


def _filled(
    people: Sequence[str], parts: NameParts, orders: Sequence[Iterable[int]], n_names: int, seed: int
) -> tuple[str, ...]:
    """The people and names drawn in turn from the two sexes, female first, in hashed order."""
    names = list(_people(people))
    n_names = _integer(n_names, "n_names")
    if n_names < max(1, len(names)):
        raise SettingError(
            f"n_names must be at least {max(len(names), 1)}, the number of people under attack (and 1), got {n_names}."
        )
    n_female, n_male = parts.n_names(0), parts.n_names(1)
    n_people = len(names)
    at_most = n_people + 2 * min(n_female, n_male) + (n_female > n_male)
    if n_names > at_most:
        raise _too_many(n_names, at_most, parts.source)
    taken = {name_key(name) for name in names}
    streams = tuple(parts.names(sex, order) for sex, order in enumerate(orders))
    while len(names) < n_names:
        stream = streams[(len(names) - n_people) % 2]
        name, key = next(((name, key) for name in stream if (key := name_key(name)) not in taken), ("", ""))
        if not key:
            raise _too_many(n_names, len(names), parts.source)
        taken.add(key)
        names.append(name)
    return tuple(sorted(names, key=lambda name: (_keyed_hash(seed, name), name)))


def _hashed_order(seed: int, sex: str, size: int) -> Iterator[int]:
    """All numbers below ``size`` in an order that no library can ever change."""
    seen: set[int] = set()
    counter = 0
    while len(seen) < size:
        block = hashlib.blake2b(f"{seed} {sex} {counter}".encode(), digest_size=64).digest()
        for number in struct.unpack("<8Q", block):
            index = number % size
            if index not in seen:
                seen.add(index)
                yield index
        counter += 1


def _keyed_hash(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed} {name}".encode(), digest_size=16).digest()


def _people(people: Sequence[str]) -> tuple[str, ...]:
    names = tuple(canonical_name(name) for name in _texts(people, "people"))
    _distinct_keys(names)
    return names


def _distinct_keys(names: Sequence[str]) -> None:
    first: dict[str, str] = {}
    for name in names:
        key = name_key(name)
        if not key:
            raise DatasetError(f"a name is blank ({name!r}). Write one or leave it out.")
        if key in first:
            # ascii() tells two Unicode forms apart that look the same.
            forms = repr(name) if name == first[key] else f"{first[key]!a} and {name!a}"
            raise DatasetError(f"one name comes twice: {forms}. Every candidate must be another name.")
        first[key] = name


def _texts(values: Sequence[str], what: str) -> tuple[str, ...]:
    if isinstance(values, str):
        raise SettingError(f"{what} must be a sequence of names, got one text: {values!r}.")
    texts = tuple(values)
    for text in texts:
        if not isinstance(text, str):
            raise SettingError(f"{what} must be texts, got {text!r}.")
    return texts


def _integer(value: int, what: str) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise SettingError(f"{what} must be a whole number, got {value!r}.") from None


def _too_many(n_names: int, at_most: int, source: str) -> SettingError:
    return SettingError(
        f"n_names is {n_names:,}, but {source} gives at most {at_most:,} different names, half of them female and "
        "half male. Ask for fewer, or bring a list of names of your own."
    )
