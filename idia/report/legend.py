"""How the leaderboard is to be read."""

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
* Not found is not proof of absence: a person whom an attack misses may still be in the training data.
* Compare rows within one table only. Another table has other people, another membership or another protocol.
"""
"""What the columns mean."""
