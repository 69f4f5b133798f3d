"""The options of a benchmark run, each in three spellings: command line, environment variable and ini key."""

from dataclasses import dataclass

DEFAULT_NAMES = "1000"
"""How many candidate names there are, and of which culture, when nobody says otherwise."""


def is_card(device: str) -> bool:
    """Returns whether a device, as `--idia-device` names it, is a CUDA device."""
    return device.partition(":")[0] == "cuda"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting, in its three spellings.

    Attributes:
        name: `draws` is `--idia-draws`, the environment variable `IDIA_DRAWS` and the ini key `idia_draws`.
        metavar: What the value stands for; empty for a switch.
        help: One sentence for `pytest --help`.
        is_list: May be given several times; environment and ini hold one value a line, since model
            specifications hold commas.
    """

    name: str
    metavar: str
    help: str
    is_list: bool = False

    @property
    def flag(self) -> str:
        """The command-line spelling."""
        return f"--idia-{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"IDIA_{self.name.upper()}"

    @property
    def ini(self) -> str:
        """The ini key."""
        return f"idia_{self.name}"


OPTIONS = (
    Option(
        "model",
        "SPEC",
        "model to score: the name of a shipped one, ARCH,TAG or ARCH,FILE as in open_clip, hf-hub:ORG/REPO, "
        "local-dir:DIR, python:MODULE:FACTORY (default: all shipped models; without any, a toy with planted members); "
        "repeatable",
        is_list=True,
    ),
    Option(
        "people",
        "DIR|world:MODEL",
        "folder of people: First_Last/*.jpg, LFW or FaceScrub; or the synthetic people of a shipped model or a model "
        "folder, and who of them it was trained on (default: each model brings its own)",
    ),
    Option("layout", "LAYOUT", "layout of the folder of people: auto, folders, lfw or facescrub (default: auto)"),
    Option("membership", "CSV", "who was in the training data: columns name,occurrences[,group] or name,count"),
    Option(
        "max_occurrences",
        "N",
        "leave out people with more training occurrences, as the paper did from 300 captions on (default: nobody)",
    ),
    Option(
        "photos",
        "N",
        "photos per person, a number or 'all', comma-separated or repeated "
        "(default: 1, 3, 5, ... 29, 30, clipped to the smallest person's count, and all)",
        is_list=True,
    ),
    Option(
        "bins",
        "BIN",
        "training occurrences to report separately, such as 75, 5-9 or step:25:300 (ranges of 25 below 300), "
        "comma-separated or repeated (default: every count, or ranges where there are many)",
        is_list=True,
    ),
    Option(
        "names",
        "K|LOCALE[:K]|CSV",
        f"candidate names: how many, of which culture, or the file of your own (default: {DEFAULT_NAMES} US names)",
    ),
    Option("names_seed", "SEED", "seed of the sampled names (default: 0; 42 with --idia-first-names)"),
    Option("first_names", "CSV", "first names (columns name,sex) to combine with --idia-surnames, as the paper did"),
    Option("surnames", "CSV", "surnames (column SURNAME or name) to combine with --idia-first-names"),
    Option("prompts", "FILE", "prompt templates of your own, one a line with one {} each (default: the paper's 21)"),
    Option("tau", "N", "prompts that must be won to count as a member (default: 1)"),
    Option("draws", "N", "random draws of the photos, without replacement (default: 20)"),
    Option(
        "decoys",
        "N",
        "names that nobody bears, among which everybody's own name is ranked (default: as many as evidence for one "
        "person alone takes, 20 for each person up to 20,000; 0 for no evidence)",
    ),
    Option(
        "text_only",
        "MODE[:NxM]",
        "attack people by their names alone: 'strangers' (how near names lie to photos of strangers) or, through the "
        "gradients of the model, 'cheap' (few parameters and steps), 'full' (as published; days) and 'release' (as "
        "the authors' code does it, with its defects), with other restarts and steps as in 'full:20x500'; or 'off' "
        "(default, where no model is named: strangers and cheap, on vit-mixed; else off); repeatable",
        is_list=True,
    ),
    Option(
        "text_reference",
        "N|CSV",
        "texts that the detectors of --idia-text-only are fitted on: how many of each kind, at least 20, or a file of "
        "your own, names (column name) or other texts (column text) that were surely never trained on (default: 100)",
    ),
    Option(
        "text_faces",
        "DIR",
        "photos of strangers, at least 100 and of none of the people, that --idia-text-only holds names against and "
        "starts from (default: 1,500 synthetic faces, which say little about models that were trained on photographs)",
    ),
    Option(
        "text_photos",
        "",
        "with --idia-text-only cheap or full: also compare what is found with photos of the people, on this machine "
        "alone; the model is not shown any",
    ),
    Option("seed", "SEED", "seed of the draws and of the bootstrap (default: 0)"),
    Option(
        "control",
        "KIND",
        "score a control beside each model: 'permuted' (everybody under another person's name) or "
        "'random' (the same architecture with random weights), or a random:ARCH of its own; repeatable",
        is_list=True,
    ),
    Option("device", "DEVICE", "auto, cpu, cuda, cuda:1, mps (default: auto)"),
    Option("results", "DIR", "where records, figures and the leaderboard go (default: results)"),
    Option("cache_dir", "DIR", "where embeddings are kept between runs (default: the user's cache folder)"),
    Option(
        "utility_labels",
        "DIR",
        "photos to test the models' use with: a folder per class, called after it (default: on synthetic people and "
        "things, for models that know them)",
    ),
    Option("utility_captions", "CSV", "the same: columns image and caption, files relative to the table"),
    Option("consent_basis", "TEXT", "why these photos may be used, for the record, such as 'public figures, research'"),
    Option("skip_unreadable", "", "drop photos that cannot be read, and record how many, instead of ending the run"),
    Option("offline", "", "never touch the network"),
    Option(
        "speed",
        "",
        "run the speed tests, which are left out otherwise: each stage beside what one would use instead, as in "
        "'pytest benchmarks/test_speed.py --idia-speed'; with --idia-device cuda those of the graphics card alone",
    ),
    Option(
        "tune",
        "",
        "with --idia-speed --idia-device cuda: try several cuts into tiles on the graphics card, and write down how "
        "long each takes",
    ),
    Option(
        "baseline",
        "PATH",
        "results to compare with: a results folder, its records folder, or one record; made by an earlier run with "
        "--idia-results PATH",
    ),
    Option(
        "fail",
        "RULE",
        "how much worse than the baseline a model may be: 'tpr:+0.05' lets the TPR rise by .05 at most, "
        "'utility:-0.02' lets every score of utility fall by .02; 'calibrated/auc:+0.03' speaks of another attack, "
        "'tuni-names/auc:+0.05' of one that --idia-text-only asks for (of its modes, cheap before full); repeatable",
        is_list=True,
    ),
    Option(
        "gates",
        "FILE",
        "limits of each model; those on attacks by names alone take --idia-text-only (default: idia-gates.toml in the "
        "project's folder, if it is there)",
    ),
    Option(
        "update_baseline",
        "",
        "copy this run's records to the folder of --idia-baseline and show what changed; the run fails, so that nobody "
        "does it in passing",
    ),
)
