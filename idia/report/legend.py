"""How the leaderboard is to be read."""

_BY_NAME = (
    "Identity inference from the name alone (TUNI): the model's gradients lead pictures towards a name, from many "
    "starts. Whether they get unusually near and end alike is judged against texts that were never trained on."
)
_WITH_PHOTOS = (
    "Photos of the people are compared with the pictures, too, but locally: the model under audit never sees them."
)

ABOUT_ATTACKS = {
    "idia": (
        "Identity inference: a model is asked for the name to a person's photos, among candidates and by many prompts. "
        "Whoever is named rightly by τ prompts or more is called a member."
    ),
    "calibrated": (
        "How close a person's photos are to the own name, measured against other people's photos and other people's "
        "names. The score has no threshold of its own: what counts is how well it tells members from non-members."
    ),
    "nameless": (
        "How much a person's photos agree on any name; the own name is not asked for. The score has no threshold of "
        "its own."
    ),
    "strangers": (
        "Identity inference from the name alone: how near does the name lie to photos of strangers? Training moves a "
        "name to where its bearer's photos lie, among those of others who look alike. No photo of the person is used, "
        "and no gradient."
    ),
    "tuni-gibberish": (
        f"{_BY_NAME} The reference population is gibberish. What it finds abnormal may be that a text is a human name: "
        "the false positives by kind of never-trained text show whether."
    ),
    "tuni-names": (
        f"{_BY_NAME} The reference population is human names that were never trained on, which leaves that a name is "
        "one out of the question."
    ),
    "tuni-gibberish-photos": f"As `tuni-gibberish`. {_WITH_PHOTOS}",
    "tuni-names-photos": f"As `tuni-names`. {_WITH_PHOTOS}",
    "tuni-release": (
        "The same attack as its authors' release does it, defects included, which are listed below. It fits its "
        "detectors on most of the attacked people, members among them, and judges the others: its numbers are shown "
        "for comparison, and are no measure of a leak."
    ),
}
"""What each attack does."""

LEGEND = """\
## How to read this

* **TPR**, true-positive rate: the fraction of members, people whose photos and names were in the training data, whom
  the attack found. High means that the model leaks.
* **FPR**, false-positive rate: the fraction of non-members whom it took for members. A TPR means something only next
  to a low FPR. **TPR at FPR 1 %** is what is found by the threshold that mistakes one non-member in a hundred;
  *resolution 1/n* stands where the n non-members are too few to show so low a rate. `idia plan` says how many it takes.
  **TPR at no false positive** is what is found above the highest score of a non-member.
* **AUC**: the chance that a random member scores higher than a random non-member; 0.5 is guessing.
* **n**: members / non-members. Intervals in brackets are 95 % intervals **over people**: Clopper-Pearson for rates; for
  the AUC a bootstrap, widened to Newcombe's interval where that reaches further. How much results change with the
  photos that are drawn is another thing: the deviation over draws is in the records and the figures.
* **Occurrences**: how many image–text pairs of a member were in the training data. The trend test asks whether the TPR
  rises from one group of members to the next: one-sided, Cochran-Armitage, exact.
* **Rank**: 1, and one more for every model that certainly leaks more, by the AUC. Models that cannot be told apart with
  these people share a rank. Where rows are the same people in the same order, the test is paired, person by person
  (bootstrap and DeLong); elsewhere intervals must not overlap.
* **Claim**: an attack *leaks* where its AUC certainly exceeds that of the best blind guess, made without asking the
  model: from names, from images, from metadata, or by another model that never saw these people. What it exceeds that
  by is paired over the same people. Otherwise the members differ from the non-members in ways that anybody sees, or
  the attack finds nothing: *not distinguishable from a blind guess*.
* **Evidence of association**: somebody's own name is closer to the photos than chance allows among decoy names that
  the model never learned. That is evidence that face and name are associated, and not that they were trained on.
* **From the name alone**: for every text, *similarity* is how near pictures get to it, and *dispersion* how far apart
  they end; members should be high in the first and low in the second. Detectors learn both from a **reference
  population**, texts that were surely never trained on, and call abnormal whatever differs. The **majority vote** calls
  a member whom more than half of them find abnormal. **Kinds** of texts that were never trained on show what else is
  abnormal: gibberish, fictitious names, rare real names, and namesakes of members.
* **Access**: what an attack needs of the model: *label*, which name fits best; *score*, how well each fits; *gradient*,
  how its answer changes with the picture, for which one must hold the model itself.
* Not found is not proof of absence: a person whom an attack misses may still be in the training data.
* Compare rows within one table only. Another table has other people, another membership or another protocol.
"""
"""What the columns mean."""
