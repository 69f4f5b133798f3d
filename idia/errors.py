"""The errors this package raises on purpose: each says what was expected, what came, and what to do."""


class IdiaError(Exception):
    """Base of every error raised on purpose by this package."""


class ShapeError(IdiaError, ValueError):
    """An array has the wrong shape or holds values that no embedding can hold."""


class SettingError(IdiaError, ValueError):
    """An option or argument has a value that cannot be used."""


class DatasetError(IdiaError, ValueError):
    """People, photos, names or membership counts cannot be used as they are."""


class UnknownPersonError(IdiaError, LookupError):
    """A person is missing where every person must be listed."""


class ModelError(IdiaError, RuntimeError):
    """A model cannot be loaded safely, or would not be the model that was asked for."""


class UnknownModelError(ModelError, LookupError):
    """No architecture, weights or factory of that name exists."""


class RecordError(IdiaError, RuntimeError):
    """A results folder cannot be written, or a record in it is not valid."""


class TrainingError(IdiaError, RuntimeError):
    """Controlled training cannot start or continue as asked."""


class MeasurementError(IdiaError, RuntimeError):
    """Work that was to be measured fails, or answers differently when it is done again."""
