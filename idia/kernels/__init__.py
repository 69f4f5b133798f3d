"""The most similar name for every photo and prompt: one function, one answer, several backends."""

from idia.kernels.cosine_argmax import BestNames as BestNames
from idia.kernels.cosine_argmax import cosine_argmax as cosine_argmax
