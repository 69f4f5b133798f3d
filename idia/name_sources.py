"""Where first names and surnames come from: the frozen US list, a culture's list, or the paper's two tables."""

import hashlib
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from idia.errors import DatasetError, SettingError
from idia.spelling import canonical_name, name_key
from idia.textfiles import Row, column_index, missing_column, read_bytes, read_rows

DEFAULT_LOCALE = "en_US"

_FROZEN_FILE = "names_en_US.csv"
_FROZEN_SHA256 = "dd814b843ff4d048c8126cf29e7eb92e2558428a76b131e18be167a513c023df"
_RARE_FILE = "rare_names_en_US.csv"
_RARE_SHA256 = "576b5d3253c13e06e6a934131df2f97d3bad4694e0202a3d426027269d886b29"
_FEWEST_SURNAMES = 5  # below that a provider holds a stand-in ("Doe"), not a list
_PAPER_COUNT = 1_000
_FEMALE_WORDS = frozenset({"f", "female", "girl"})
_MALE_WORDS = frozenset({"m", "male", "boy"})


@dataclass(frozen=True, slots=True)
class NameParts:
    """First names and surnames of one culture, each list in a fixed order.

    Attributes:
        first: Female first names, male first names.
        last: Surnames of women, surnames of men; the same list in most cultures.
        source: Where they are from, for the record.
        surname_first: Whether the surname is written first.
        joiner: What stands between the two.
    """

    first: tuple[tuple[str, ...], tuple[str, ...]]
    last: tuple[tuple[str, ...], tuple[str, ...]]
    source: str
    surname_first: bool = False
    joiner: str = " "

    def n_names(self, sex: int) -> int:
        """How many full names one sex has: 0 is female, 1 is male."""
        return len(self.first[sex]) * len(self.last[sex])

    def names(self, sex: int, order: Iterable[int]) -> Iterator[str]:
        """The full names of one sex at the positions ``order`` of first names × surnames, surnames innermost."""
        first, last = self.first[sex], self.last[sex]
        for index in order:
            i, j = divmod(index, len(last))
            pair = (last[j], first[i]) if self.surname_first else (first[i], last[j])
            yield self.joiner.join(pair)


def locale_parts(locale: str) -> NameParts:
    """The names of one culture: the frozen list for ``en_US``, Faker's lists for any other locale.

    Romanised names are taken where Faker has them (Chinese, Japanese): the tokenisers of CLIP models were made
    for English text and cut other scripts into single bytes. Surnames that differ by sex (Czech, Russian, …)
    stay with their sex. A first name given to both sexes, or a list without sexes, is shared out evenly between
    the two halves, so that no full name can be drawn for both.

    Raises:
        SettingError: Faker knows no such locale, or hardly any surnames for it.
    """
    if not isinstance(locale, str):
        raise SettingError(f"locale must be a text such as 'de_DE', got {locale!r}.")
    if _spelled(locale) == _spelled(DEFAULT_LOCALE):
        return _frozen_parts(_FROZEN_FILE, _FROZEN_SHA256, "frozen list")
    import faker
    import faker.providers.person as person

    known = {_spelled(module.name): module.name for module in pkgutil.iter_modules(person.__path__)}
    if _spelled(locale) not in known:
        close = get_close_matches(_spelled(locale), known, n=3, cutoff=0.4)
        hint = f" Did you mean {' or '.join(repr(known[key]) for key in close)}?" if close else ""
        raise SettingError(
            f"there are no names for locale {locale!r}.{hint} Known: {', '.join(sorted(known.values()))}."
        )
    found = known[_spelled(locale)]
    provider = import_module(f"faker.providers.person.{found}").Provider
    romanised = hasattr(provider, "first_romanized_names") and hasattr(provider, "last_romanized_names")
    kind = "_romanized_names" if romanised else "_names"
    first = (_listed(provider, f"first{kind}", "female"), _listed(provider, f"first{kind}", "male"))
    last = (_listed(provider, f"last{kind}", "female"), _listed(provider, f"last{kind}", "male"))
    if min(map(len, last)) < _FEWEST_SURNAMES or not any(first):
        raise SettingError(f"Faker lists too few surnames for locale {found!r}. Bring a list of names of your own.")
    surname_first, joiner = (False, " ") if romanised else _format(provider)
    script = ", romanised" if romanised else ""
    source = f"{found}{script}, Faker {faker.VERSION}"
    return NameParts(_shared_out(*first), last, source, surname_first, joiner)


def rare_parts() -> NameParts:
    """The first names and surnames of the US that are borne, and rarely: none of them is among those of ``en_US``."""
    return _frozen_parts(_RARE_FILE, _RARE_SHA256, "frozen list of rare names")


def paper_parts(first_names: Path, surnames: Path) -> NameParts:
    """The lists of the paper's procedure: 1,000 first names per sex and 1,000 Census surnames, title-cased.

    Args:
        first_names: Table with the columns ``name,sex``, most frequent first (sex as ``m``/``f``, ``male``/
            ``female`` or ``boy``/``girl``). With a column ``percent``, as in the raw tables by year, the names
            of each sex are ranked by the share of their first row, as the original did.
        surnames: Table with a column ``SURNAME`` or ``name``, most frequent first; rows with an empty cell (the Census'
            closing notes) are left out, as in the original.

    Raises:
        DatasetError: A table cannot be read, lacks a column or holds a sex that is not understood.
    """
    female, male = _paper_first_names(first_names)
    last = _paper_surnames(surnames)
    source = f"{first_names.name} {_file_sha8(first_names)} x {surnames.name} {_file_sha8(surnames)}"
    return NameParts((female, male), (last, last), source)


def _frozen_parts(file: str, expected: str, what: str) -> NameParts:
    raw = (files("idia") / "data" / file).read_bytes().replace(b"\r\n", b"\n")
    sha256 = hashlib.sha256(raw).hexdigest()
    if sha256 != expected:
        raise DatasetError(
            f"the {what} (idia/data/{file}) was altered: expected sha256 {expected[:8]}…, got {sha256[:8]}…. "
            "Reinstall idia."
        )
    parts: dict[str, list[str]] = {"female": [], "male": [], "surname": []}
    for line in raw.decode().splitlines()[1:]:
        part, name = line.split(",")
        parts[part].append(name)
    surnames = tuple(parts["surname"])
    source = f"{DEFAULT_LOCALE} {what} {sha256[:8]}"
    return NameParts((tuple(parts["female"]), tuple(parts["male"])), (surnames, surnames), source)


def _spelled(locale: str) -> str:
    return locale.replace("-", "_").casefold()


def _listed(provider: Any, kind: str, sex: str) -> tuple[str, ...]:
    """One list of a Faker provider: that of the sex with the names for all, else the common one."""
    own = (*getattr(provider, f"{kind}_{sex}", ()), *getattr(provider, f"{kind}_unisex", ()))
    names = own or getattr(provider, f"unisex_{kind}", ()) or getattr(provider, kind, ())
    spelled = (canonical_name(name.title() if name.isupper() else name) for name in names if isinstance(name, str))
    return tuple({name_key(name): name for name in spelled if name}.values())


def _shared_out(female: Sequence[str], male: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two lists without a common name: each name that was in both goes to the list that is shorter by then."""
    in_both = {name_key(name) for name in female} & {name_key(name) for name in male}
    halves = tuple([name for name in names if name_key(name) not in in_both] for names in (female, male))
    for name in female:
        if name_key(name) in in_both:
            min(halves, key=len).append(name)
    return tuple(halves[0]), tuple(halves[1])


def _format(provider: Any) -> tuple[bool, str]:
    """Whether the culture always writes the surname first, and what it puts between the two names."""
    found = [
        (text.index("{{last_name") < text.index("{{first_name"), "" if "}}{{" in text else " ")
        for text in getattr(provider, "formats", ())
        if "{{first_name" in text and "{{last_name" in text and text.count("{{") == 2
    ]
    return min(found, default=(False, " "))


def _paper_first_names(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    rows = read_rows(path)
    name_column, sex_column = column_index(rows[0], ("name",), path), column_index(rows[0], ("sex",), path)
    if name_column is None or sex_column is None:
        raise missing_column(rows[0], "'name' and 'sex'", path)
    percent_column = column_index(rows[0], ("percent",), path)
    shares: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for row in rows[1:]:
        word, name = row.fields[sex_column].casefold(), canonical_name(row.fields[name_column])
        if word not in _FEMALE_WORDS | _MALE_WORDS:
            raise DatasetError(
                f"{str(path)!r}, line {row.line}: sex must be f or m (female or male, girl or boy), got {word!r}."
            )
        if not name:
            raise DatasetError(f"{str(path)!r}, line {row.line}: the name is empty.")
        share = _share(row, percent_column, path)
        shares[word in _MALE_WORDS].setdefault(name, share)
    if not all(shares):
        raise DatasetError(f"{str(path)!r} must hold first names of both sexes, got only one.")
    female, male = (sorted(of_sex, key=lambda name: -of_sex[name])[:_PAPER_COUNT] for of_sex in shares)
    return tuple(female), tuple(male)


def _share(row: Row, percent_column: int | None, path: Path) -> float:
    if percent_column is None:
        return 0.0  # sorting is stable: the file's order is the rank
    try:
        return float(row.fields[percent_column])
    except ValueError:
        raise DatasetError(
            f"{str(path)!r}, line {row.line}: percent must be a number, got {row.fields[percent_column]!r}."
        ) from None


def _paper_surnames(path: Path) -> tuple[str, ...]:
    rows = read_rows(path)
    column = column_index(rows[0], ("surname", "name"), path)
    if column is None:
        raise missing_column(rows[0], "'SURNAME'", path)
    # The Census table ends in notes, whose other cells are empty.
    filled = (row for row in rows[1:] if all(row.fields))
    names = dict.fromkeys(canonical_name(row.fields[column].title()) for row in filled)
    if not names:
        raise DatasetError(f"{str(path)!r} holds no surnames.")
    return tuple(names)[:_PAPER_COUNT]


def _file_sha8(path: Path) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()[:8]
