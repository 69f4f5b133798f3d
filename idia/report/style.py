"""One look for every figure, and the same bytes for the same data. Imports matplotlib: load it only to draw."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from idia.records import Document
from idia.report.wording import one_line, shortened, state

# Okabe and Ito's colours, told apart with every common colour vision.
MEMBERS: Final = "#D55E00"
NON_MEMBERS: Final = "#0072B2"
NEUTRAL: Final = "#4D4D4D"

BAND_ALPHA: Final = 0.18
_CHARACTERS_PER_INCH = 8.5  # of the title

_SETTINGS: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#B0B0B0",
    "axes.grid": True,
    "axes.labelcolor": "#222222",
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.h_pad": 0.09,
    "figure.constrained_layout.w_pad": 0.09,
    "figure.dpi": 160,
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 10,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "path.simplify": False,
    "savefig.dpi": 160,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "idia",
    "text.parse_math": False,  # a $ in a model's name is a $
    "xtick.color": "#B0B0B0",
    "xtick.labelcolor": "#222222",
    "ytick.color": "#B0B0B0",
    "ytick.labelcolor": "#222222",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draws with this project's settings, whatever the user's are, and leaves the user's as they were."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def new_axes(width: float, height: float, subject: Document | str, *below_title: str) -> tuple[Figure, Axes]:
    """Returns an empty figure of that size in inches, its title and lines of explanation below it.

    Args:
        width: In inches.
        height: In inches.
        subject: The record whose model is the title, or a title.
        below_title: The lines.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    left = 0.1 / width
    longest = int(width * _CHARACTERS_PER_INCH)
    title = drawable(shortened(one_line(subject), longest)) if isinstance(subject, str) else _title(subject, longest)
    figure.suptitle(title, x=left, ha="left", fontsize=12.5, fontweight="bold", color="#111111")
    # The layout makes room for an empty title of as many lines; the lines themselves begin where the model's name does.
    axes.set_title("\n".join(" " * len(below_title)), fontsize=9.5, linespacing=1.4, pad=10)
    explanation = axes.annotate(
        "\n".join(drawable(line) for line in below_title),
        (left, 1),
        (0, 10),
        xycoords=("figure fraction", "axes fraction"),
        textcoords="offset points",
        fontsize=9.5,
        color="#555555",
        linespacing=1.4,
    )
    explanation.set_in_layout(False)
    return figure, axes


def encoded(figure: Figure, stem: str, *, with_png: bool = False) -> dict[str, bytes]:
    """Returns the figure as `STEM.svg`, and as `STEM.png` where asked for, without dates or versions in them."""
    # Everything gets its place once: saving would do so anew, and draw a second time to that end.
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
    figure.set_layout_engine(None)
    files = {}
    for kind, metadata in (("svg", {"Date": None, "Creator": "idia"}), ("png", {"Software": None})):
        if kind == "png" and not with_png:
            continue
        file = io.BytesIO()
        figure.savefig(file, format=kind, metadata=metadata)
        files[f"{stem}.{kind}"] = file.getvalue()
    return files


def people_words(document: Document) -> str:
    """Returns the people and how many of them are members, in words."""
    people = document["people"]
    return (
        f"{shortened(one_line(people['id']), 24)}: {people['members']:,} members, {people['non_members']:,} non-members"
    )


def drawable(text: str) -> str:
    """Returns the text with what the font cannot show replaced by a box, instead of a warning for each."""
    return "".join(char if ord(char) in _characters() else "□" for char in text)


def ink_on(colour: Sequence[float]) -> str:
    """Returns the colour of text that is legible on a background of red, green and blue in [0, 1]."""
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), colour, strict=True))
    return "white" if luminance < 0.55 else "#1A1A1A"


def rate_axis(axes: Axes) -> None:
    """Makes the vertical axis one of fractions."""
    axes.set_ylim(-0.02, 1.02)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.grid(visible=False, axis="x")
    axes.tick_params(length=3)


def legend_right(axes: Axes, handles: Sequence[object] | None = None) -> None:
    """Puts the legend beside the axes, where it hides nothing."""
    chosen = {} if handles is None else {"handles": list(handles)}
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, labelspacing=0.7, **chosen)


def _title(document: Document, longest: int) -> str:
    note = state(document)
    name = shortened(one_line(document["model"]["name"]), max(longest - len(note) - 3, 16))
    return drawable(f"{name} ({note})" if note else name)


@cache
def _characters() -> frozenset[int]:
    """The characters that both weights of the font can show."""
    fonts = (get_font(findfont(FontProperties(family=["DejaVu Sans"], weight=weight))) for weight in ("normal", "bold"))
    return frozenset.intersection(*(frozenset(font.get_charmap()) for font in fonts))
