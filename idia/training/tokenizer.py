"""A small vocabulary: the first merges of open_clip's own byte-pair file, so that tiny models stay tiny."""

import gzip
from pathlib import Path
from typing import Any

from open_clip.tokenizer import SimpleTokenizer, default_bpe

N_MERGES = 1500
VOCABULARY_SIZE = 2 * 256 + N_MERGES + 2  # bytes, bytes that end a word, merges, start and end of text
VOCABULARY_FILE = "bpe_1500.txt.gz"


def write_vocabulary(folder: Path) -> Path:
    """Writes the vocabulary file into a folder and returns its path; always the same bytes."""
    with gzip.open(default_bpe(), "rt", encoding="utf-8") as stock:
        lines = [next(stock).rstrip("\n") for _ in range(1 + N_MERGES)]  # the first line is a version
    path = folder / VOCABULARY_FILE
    path.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    return path


def load_tokenizer(vocabulary: Path) -> Any:  # open_clip has no types
    """Returns open_clip's tokenizer with the vocabulary of a file."""
    return SimpleTokenizer(bpe_path=str(vocabulary))
