"""One error tree; each class has an HTTP status and a code.

::

    SnellenError                     500 internal
    ├── InvalidInput                 422 invalid_input
    │   ├── DatasetInvalid           422 dataset_invalid          (.problems, each with file and line)
    │   ├── CheckpointBroken         422 checkpoint_broken
    │   ├── FileRefused              422 file_refused             (of a job's folder: a link, a pipe, another's file)
    │   ├── HyperparameterInvalid    422 hyperparameter_invalid   (.problems)
    │   ├── ImageUnreadable          422 image_unreadable
    │   ├── PredictionsInvalid       422 predictions_invalid
    │   └── JobMismatch              422 job_mismatch
    ├── NotAuthenticated             401 not_authenticated
    │   ├── LoginFailed              401 login_failed
    │   └── CodeUsed                 401 code_used
    ├── NotAllowed                   403 not_allowed
    │   └── EnrolmentRefused         403 enrolment_refused        (a supervisor's code)
    ├── NotFound                     404 not_found
    │   ├── JobNotFound, SweepNotFound, DatasetNotFound, SnapshotNotFound, ResultNotFound, PredictionsRemoved,
    │   ├── ImageNotFound, ArtifactNotFound, UploadNotFound, ObjectMissing,
    │   ├── UserNotFound, ProjectNotFound, TokenNotFound, SessionNotFound,
    │   └── ExperimentNotFound, RunNotFound, TrackerOff        (of MLflow)
    ├── Conflict                     409 conflict
    │   ├── AttemptSuperseded        409 attempt_superseded
    │   ├── IllegalTransition        409 illegal_transition
    │   ├── DatasetInUse             409 dataset_in_use           (.problems, one for each job that depends on it)
    │   ├── NameTaken                409 name_taken
    │   ├── ProjectInUse             409 project_in_use
    │   ├── UploadMismatch           409 upload_mismatch
    │   └── UploadElsewhere          409 upload_elsewhere         (names the server that has it)
    ├── TooLarge                     413 too_large
    ├── UrlTooLong                   414 url_too_long
    ├── TusVersionUnknown            412 tus_version_unknown
    ├── TooManyAttempts              429 too_many_attempts        (.retry_after seconds)
    ├── ProviderUnavailable          502 provider_unavailable     (the provider of the single sign-on)
    ├── ExtraMissing                 501 extra_missing            (says what to install)
    ├── TrainerUnknown               422 trainer_unknown
    ├── DuplicateName                500 duplicate_name
    ├── OutOfMemory                  500 out_of_memory            (a trainer's device or machine)
    ├── TrainingDiverged             500 training_diverged
    ├── ProcessFailed                500 process_failed           (.output, the end of what it wrote)
    ├── StartRefused                 500 start_refused            (settings, data directory, database)
    ├── DiskFull                     507 disk_full                (of the server or of a folder store)
    ├── StoreUnavailable             503 store_unavailable
    ├── TrackerUnavailable           503 tracker_unavailable      (MLflow)
    ├── LauncherUnavailable          503 launcher_unavailable     (a cluster)
    ├── DatabaseUnavailable          503 database_unavailable
    │   └── DatabaseFull             507 disk_full
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
        #: After how many seconds another try makes sense, where that is known.
        self.retry_after: int | None = None


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


class FileRefused(InvalidInput):
    """What lies in a job's folder under a name is no plain file of the trainer's inside it."""

    code = "file_refused"


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


class LoginFailed(NotAuthenticated):
    """Name and password don't belong together; it isn't said which of them is wrong."""

    code = "login_failed"


class CodeUsed(NotAuthenticated):
    """A link that is good once was used, or its time is over."""

    code = "code_used"


class NotAllowed(SnellenError):
    """A valid token that does not open this door."""

    status, code = 403, "not_allowed"


class EnrolmentRefused(NotAllowed):
    """A supervisor's code is unknown, was used by another one, or its attempt is over."""

    code = "enrolment_refused"


class NotFound(SnellenError):
    """No such thing."""

    status, code = 404, "not_found"


class JobNotFound(NotFound):
    """No job has this id."""

    code = "job_not_found"


class SweepNotFound(NotFound):
    """No sweep of this id."""

    code = "sweep_not_found"


class DatasetNotFound(NotFound):
    """No dataset has this id or name."""

    code = "dataset_not_found"


class SnapshotNotFound(NotFound):
    """No snapshot has this hash."""

    code = "snapshot_not_found"


class ResultNotFound(NotFound):
    """The job has no validation result for this epoch."""

    code = "result_not_found"


class PredictionsRemoved(ResultNotFound):
    """The prediction set of this result was removed, as the settings say; its numbers remain."""

    code = "predictions_removed"


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


class UserNotFound(NotFound):
    """No user has this id or name."""

    code = "user_not_found"


class ProjectNotFound(NotFound):
    """No project has this id or name."""

    code = "project_not_found"


class TokenNotFound(NotFound):
    """No token has this id."""

    code = "token_not_found"


class SessionNotFound(NotFound):
    """No session of the person who asks has this id."""

    code = "session_not_found"


class ExperimentNotFound(NotFound):
    """MLflow has no experiment of this id."""

    code = "experiment_not_found"


class RunNotFound(NotFound):
    """MLflow has no run of this id."""

    code = "run_not_found"


class TrackerOff(NotFound):
    """No MLflow is connected, or none that can be read."""

    code = "tracker_off"


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


class NameTaken(Conflict):
    """Another one has the name already."""

    code = "name_taken"


class ProjectInUse(Conflict):
    """A project that holds jobs or datasets can't be deleted."""

    code = "project_in_use"


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


class UrlTooLong(SnellenError):
    """An address with more than any request of ours needs."""

    status, code = 414, "url_too_long"


class TusVersionUnknown(SnellenError):
    """A resumable upload in a version of the protocol that is not spoken here."""

    status, code = 412, "tus_version_unknown"


class TooManyAttempts(SnellenError):
    """Too many logins went wrong; ``retry_after`` says for how many seconds no other is looked at."""

    status, code = 429, "too_many_attempts"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ProviderUnavailable(SnellenError):
    """The provider of the single sign-on did not answer, or not as the standard says."""

    status, code = 502, "provider_unavailable"


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


class DiskFull(SnellenError):
    """There is no room where something is to be written; a later try may find some."""

    status, code = 507, "disk_full"


class StoreUnavailable(SnellenError):
    """A store did not answer, or refused its credentials."""

    status, code = 503, "store_unavailable"


class TrackerUnavailable(SnellenError):
    """MLflow does not answer, or not as MLflow does."""

    status, code = 503, "tracker_unavailable"


class LauncherUnavailable(SnellenError):
    """A cluster does not answer, or refuses its credentials; what runs there goes on."""

    status, code = 503, "launcher_unavailable"


class DatabaseUnavailable(SnellenError):
    """The database is away, restarts, or gave a transaction up; the same request may succeed a little later."""

    status, code = 503, "database_unavailable"


class DatabaseFull(DatabaseUnavailable):
    """There is no room on the database's disk; the same request may succeed once somebody has made some."""

    status, code = 507, "disk_full"


class LeaseLost(SnellenError):
    """Another server has taken over what this one was doing; what it found is not applied."""

    status, code = 503, "lease_lost"
