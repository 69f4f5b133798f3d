import re

from idia.report.growth import Series, growth_figure

NAMES = Series("names\nslope 0.95 [0.9, 1.0]", (1_000, 10_000, 100_000), (0.2, 1.1, 11.0))
DRAWS = Series("draws", (10, 100), (1.0, 9.0))


def test_the_figure_is_the_same_for_the_same_numbers() -> None:
    (name,), (content,) = zip(*growth_figure([NAMES, DRAWS], "a machine").items(), strict=True)

    assert name == "growth.svg"
    assert content == growth_figure([NAMES, DRAWS], "a machine")["growth.svg"]
    assert content != growth_figure([NAMES], "a machine")["growth.svg"]
    assert content != growth_figure([NAMES, DRAWS], "a machine", "slopes are means")["growth.svg"]
    assert re.search(rb"<svg[^>]*width=\"619", content)
