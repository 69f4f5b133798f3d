from idia.gates import Judgement, Limit, Verdict, as_markdown, as_table

RULE = Limit.parsed("tpr:+0.05")
GOOD = Judgement(Verdict.OK, RULE, "model-a", "All is well.", 0.0, -0.01, 0.01)
BAD = Judgement(Verdict.REGRESSED, RULE, "b|<i>\n" + "long" * 20, "It rose | a lot.", 0.2, 0.1, 0.3)
NOTHING = Judgement(Verdict.NO_EVIDENCE, Limit.absolute("fpr_max", 0.1), "model-c", "Nobody was asked.")


def test_a_table_has_a_row_for_each_and_a_sentence_for_what_is_not_green() -> None:
    table = as_table([GOOD, BAD, NOTHING])

    lines = table.splitlines()
    assert lines[0].split("  ")[0] == "Verdict"
    assert lines[2].split() == ["ok", "model-a", "tpr:+0.05", "+0.000", "[-0.010,", "+0.010]"]
    assert "All is well." not in table
    assert "It rose | a lot." in " ".join(table.split())
    assert "no evidence: model-c, fpr_max = 0.1. Nobody was asked." in lines
    assert lines[-1] == "1 of 3 ok, 1 regressed, 1 no evidence"
    assert max(map(len, lines)) <= 118
    assert "\x1b" not in table
    assert "\x1b[31mregressed" in as_table([GOOD, BAD], colour=True)


def test_markdown_is_one_table_whatever_a_model_is_called() -> None:
    lines = as_markdown([GOOD, BAD]).splitlines()

    assert lines[0] == "### Identity leakage: 1 of 2 ok, 1 regressed"
    assert len(lines) == 6
    assert lines[4].startswith("| ok | model-a | tpr:+0.05 |")
    assert "b\\|&lt;i>" in lines[5]
    assert lines[5].endswith("| It rose \\| a lot. |")


def test_nothing_judged_is_not_green_either() -> None:
    assert "not green" in as_table([])
    assert "no evidence" in as_markdown([])
