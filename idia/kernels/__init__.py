"""The most similar name for every photo and prompt: one function, one answer, several backends."""

from idia.kernels.cosine_argmax import BestNames as BestNames
from idia.kernels.cosine_argmax import PreparedTexts as PreparedTexts
from idia.kernels.cosine_argmax import compared as compared
from idia.kernels.cosine_argmax import cosine_argmax as cosine_argmax
from idia.kernels.cosine_argmax import prepare_texts as prepare_texts
from idia.kernels.standing import Standing as Standing
