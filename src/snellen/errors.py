"""One error tree; each class has an HTTP status and a code.

::

    SnellenError                     500 internal
    ├── InvalidInput                 422 invalid_input
    │   ├── DatasetInvalid           422 dataset_invalid          (.problems, each with file and line)
    │   ├── CheckpointBroken         422 checkpoint_broken
    │   ├── HyperparameterInvalid    422 hyperparameter_invalid   (.problems)
    │   ├── ImageUnreadable          422 image_unreadable
    │   ├── PredictionsInvalid       422 predictions_invalid
    │   └── JobMismatch              422 job_mismatch
    ├── NotAuthenticated             401 not_authenticated
    ├── NotAllowed                   403 not_allowed
    ├── NotFound                     404 not_found
    │   ├── JobNotFound, DatasetNotFound, SnapshotNotFound, ResultNotFound,
    │   └── ImageNotFound, ArtifactNotFound, UploadNotFound, ObjectMissing
    ├── Conflict                     409 conflict
    │   ├── AttemptSuperseded        409 attempt_superseded
    │   ├── IllegalTransition        409 illegal_transition
    │   ├── DatasetInUse             409 dataset_in_use           (.problems, one for each job that depends on it)
    │   ├── UploadMismatch           409 upload_mismatch
    │   └── UploadElsewhere          409 upload_elsewhere         (names the server that has it)
    ├── TooLarge                     413 too_large
    ├── TusVersionUnknown            412 tus_version_unknown
    ├── ExtraMissing                 501 extra_missing            (says what to install)
    ├── TrainerUnknown               422 trainer_unknown
    ├── DuplicateName                500 duplicate_name
    ├── OutOfMemory                  500 out_of_memory            (a trainer's device or machine)
    ├── TrainingDiverged             500 training_diverged
    ├── ProcessFailed                500 process_failed           (.output, the end of what it wrote)
    ├── StartRefused                 500 start_refused            (settings, data directory, database)
    ├── StoreUnavailable             503 store_unavailable
    ├── DatabaseUnavailable          503 database_unavailable
    └── LeaseLost                    503 lease_lost               (another server does this work now)

An error is named after its condition; its message says what was got, what was expected and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class SnellenError(Exception):
    """The root: catch this to catch everything that Snellen raises on purpose."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, detail: str, *, problems: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems: list[dict[str, object]] = [dict(p) for p in problems]


def reason_of(error: BaseException) -> str:
    """An error in one line for a person: our own words where it is ours, else its name and what it says."""
    return error.detail if isinstance(error, SnellenError) else f"{type(error).__name__}: {error}"


class InvalidInput(SnellenError):
    """A payload, a file or an argument that does not hold what it should."""

    status, code = 422, "invalid_input"


class DatasetInvalid(InvalidInput):
    """A dataset that can't be imported; ``problems`` lists ``{severity, code, message, file, line}``.

    Of many problems the first are listed; ``problem_count`` counts all.
    """

    code = "dataset_invalid"

    def __init__(
        self, detail: str, *, problems: Sequence[Mapping[str, object]] = (), problem_count: int | None = None
    ) -> None:
        super().__init__(detail, problems=problems)
        self.problem_count = len(self.problems) if problem_count is None else problem_count


class HyperparameterInvalid(InvalidInput):
    """A hyperparameter that the trainer's schema refuses; ``problems`` names each."""

    code = "hyperparameter_invalid"


class ImageUnreadable(InvalidInput):
    """A picture that can't be decoded."""

    code = "image_unreadable"


class PredictionsInvalid(InvalidInput):
    """A prediction set that does not fit its snapshot or its columns."""

    code = "predictions_invalid"


class JobMismatch(InvalidInput):
    """The payload names another job than the path."""

    code = "job_mismatch"


class TrainerUnknown(InvalidInput):
    """No trainer of that name is installed."""

    code = "trainer_unknown"


class NotAuthenticated(SnellenError):
    """No token, or one that is unknown or expired."""

    status, code = 401, "not_authenticated"


class NotAllowed(SnellenError):
    """A valid token that does not open this door."""

    status, code = 403, "not_allowed"


class NotFound(SnellenError):
    """No such thing."""

    status, code = 404, "not_found"


class JobNotFound(NotFound):
    """No job has this id."""

    code = "job_not_found"


class DatasetNotFound(NotFound):
    """No dataset has this id or name."""

    code = "dataset_not_found"


class SnapshotNotFound(NotFound):
    """No snapshot has this hash."""

    code = "snapshot_not_found"


class ResultNotFound(NotFound):
    """The job has no validation result for this epoch."""

    code = "result_not_found"


class ImageNotFound(NotFound):
    """The snapshot or the truth of a result has no such image."""

    code = "image_not_found"


class ArtifactNotFound(NotFound):
    """No artifact has this id."""

    code = "artifact_not_found"


class UploadNotFound(NotFound):
    """No open upload has this id."""

    code = "upload_not_found"


class ObjectMissing(NotFound):
    """A store has no object under this key."""

    code = "object_missing"


class Conflict(SnellenError):
    """The request is well-formed, but the state of things does not allow it."""

    status, code = 409, "conflict"


class AttemptSuperseded(Conflict):
    """A newer attempt of the job has started; this one must finish quietly."""

    code = "attempt_superseded"


class IllegalTransition(Conflict):
    """The job can't go from its state to the one asked for."""

    code = "illegal_transition"


class DatasetInUse(Conflict):
    """Jobs depend on what is to be deleted; ``problems`` names each."""

    code = "dataset_in_use"


class CheckpointBroken(InvalidInput):
    """A checkpoint that can't be gone on from: cut short, gone, or without what a training needs to go on."""

    code = "checkpoint_broken"


class UploadMismatch(Conflict):
    """What arrived differs in size or hash from what was announced."""

    code = "upload_mismatch"


class UploadElsewhere(Conflict):
    """The bytes of an upload are on the disk of another server of this database."""

    code = "upload_elsewhere"


class TooLarge(SnellenError):
    """A body, a file or a query over its limit."""

    status, code = 413, "too_large"


class TusVersionUnknown(SnellenError):
    """A resumable upload in a version of the protocol that is not spoken here."""

    status, code = 412, "tus_version_unknown"


class ExtraMissing(SnellenError):
    """A feature whose optional dependency is not installed; the message says which to install."""

    status, code = 501, "extra_missing"


class DuplicateName(SnellenError):
    """Two plugins registered the same name."""

    code = "duplicate_name"


class OutOfMemory(SnellenError):
    """The device of a training, or its machine, has no room for a step of this size."""

    code = "out_of_memory"


class TrainingDiverged(SnellenError):
    """The loss of a training became NaN or infinite."""

    code = "training_diverged"


class ProcessFailed(SnellenError):
    """A program that a trainer ran has failed; ``output`` is the end of what it wrote to its standard error."""

    code = "process_failed"

    def __init__(self, detail: str, *, output: str = "") -> None:
        super().__init__(detail)
        self.output = output


class StartRefused(SnellenError):
    """The server or a command refuses to start; the message lists all that is wrong."""

    code = "start_refused"


class StoreUnavailable(SnellenError):
    """A store did not answer, or refused its credentials."""

    status, code = 503, "store_unavailable"


class DatabaseUnavailable(SnellenError):
    """The database is away, restarts, or gave a transaction up; the same request may succeed a little later."""

    status, code = 503, "database_unavailable"


class LeaseLost(SnellenError):
    """Another server has taken over what this one was doing; what it found is not applied."""

    status, code = 503, "lease_lost"
