import open_clip
import pytest
import torch

from idia.errors import ModelError
from idia.speed.baselines import open_clip_texts


def test_other_weights_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_clip, "create_model", lambda architecture, **_: torch.nn.Linear(2, 2))

    with pytest.raises(ModelError, match="ViT-B-32 should have weights 00000000, but has "):
        open_clip_texts("ViT-B-32", ["a photo of Ada"], weights_sha256="0" * 64)
