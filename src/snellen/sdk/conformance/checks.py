"""What is looked at. Each check takes a :class:`~snellen.sdk.conformance.trial.Trial` and raises what it finds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from snellen.contract import numbers
from snellen.contract.categories import Category, category_of
from snellen.contract.events import EventType
from snellen.contract.states import JobState
from snellen.errors import SnellenError
from snellen.sdk.conformance import schemas
from snellen.sdk.conformance.bench import KILLED, Run
from snellen.sdk.conformance.failures import NotChecked, NotConforming, expect
from snellen.sdk.conformance.results import evaluate_event
from snellen.sdk.conformance.trial import EPOCHS, UNKNOWN_MODEL, UNKNOWN_PARAMETER, Trial

#: How far a learning rate of a resumed training may be from that of an undisturbed one.
RATE_TOLERANCE = 0.01
#: Fewer words beside the name of a model are no sentence.
LEAST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Check:
    """``name`` for programs, ``title`` for people; ``of_each_task``: a training of the task is all that it takes."""

    name: str
    title: str
    run: Callable[[Trial], None]
    of_each_task: bool = False


def describe(trial: Trial) -> None:
    """Version and tasks; a JSON Schema that is valid and whose defaults pass it."""
    found = trial.description
    expect(isinstance(found.version, str) and bool(found.version), f"version: got {found.version!r}, expected text")
    schemas.expect_sound(found.schema[trial.task], trial.params)


def train(trial: Trial) -> None:
    """Every epoch from 1 to the last has metrics and a validation; progress is told."""
    run = trial.trained
    run.expect_state(JobState.COMPLETED)
    _expect_epochs(run, list(range(1, EPOCHS + 1)))
    progress = run.journal.of(EventType.PROGRESS)
    expect(bool(progress), "no progress was told; call ctx.progress(epoch, fraction) after a batch")
    told = {event["epoch"] for event in progress}
    expect(told <= set(run.epochs), f"progress was told of epochs {sorted(told)}, expected 1 to {EPOCHS}")


def predictions(trial: Trial) -> None:
    """Each validation has predictions on all images of the split val, which can be evaluated."""
    run = trial.trained
    expect(bool(run.validations), f"there is no validation{run.warnings}")
    for epoch, events in run.validations.items():
        sets = [event for event in events if event.get("predictions_path") or event.get("results_path")]
        expect(bool(sets), f"epoch {epoch}: a validation without predictions{run.warnings}")
        for event in sets:
            try:
                evaluate_event(event, run.folder.root, run.folder.spec(), run.folder.dataset)
            except (NotConforming, SnellenError, OSError, ValueError) as error:
                said = error.detail if isinstance(error, SnellenError) else str(error)
                expect(False, f"epoch {epoch}: {said}")


def journal(trial: Trial) -> None:
    """Every line of ``events.jsonl`` is an event as docs/reference/job-folder.md has it."""
    found = trial.trained.journal
    expect(not found.problems, "; ".join(found.problems[:3]))
    expect(not found.cut, "the last line has no end; write an event and its newline at once")


def checkpoints(trial: Trial) -> None:
    """The checkpoint ``last…`` of the last epoch is kept."""
    found = trial.trained.last_checkpoint()
    expect(found.epoch == EPOCHS, f"the newest is of epoch {found.epoch}, expected one of the last epoch, {EPOCHS}")
    expect(found.path.stat().st_size > 0, f"{found.path.name} is empty")


def places(trial: Trial) -> None:
    """Nothing is written outside the folder, and the dataset and ``job.json`` stay as they were."""
    run = trial.trained
    expect(not run.strays, f"written outside the job's folder: {', '.join(run.strays[:5])}; work/ is there for that")
    expect(not run.changed, f"changed or removed: {', '.join(run.changed[:5])}; the dataset is shared with other jobs")


def alone(trial: Trial) -> None:
    """A folder is enough: the training above had no ``SNELLEN_*`` variable, no network and an empty home."""
    trial.trained.expect_state(JobState.COMPLETED)


def stop(trial: Trial) -> None:
    """Asked to stop, it ends with the epoch at hand and keeps what that brought."""
    run = trial.stopped
    run.expect_state(JobState.STOPPED)
    _expect_epochs(run, [1])
    kept = run.last_checkpoint()
    expect(kept.epoch == 1, f"the checkpoint is of epoch {kept.epoch}, expected the last one trained, 1")


def stop_now(trial: Trial) -> None:
    """Asked to stop at once, it ends with the batch at hand; the epoch is dropped."""
    run = trial.stopped_at_once
    run.expect_state(JobState.STOPPED)
    expect(
        not run.epochs, f"epoch 1 was finished and validated ({run.epochs}); look at ctx.should_stop_now() each batch"
    )
    names = [event["name"] for event in run.journal.of(EventType.ARTIFACT) if event["kind"] == "checkpoint"]
    expect(not names, f"a checkpoint of the unfinished epoch was kept: {', '.join(names)}")
    expect(all(epoch is None for epoch, _ in run.metrics.values()), "metrics of the unfinished epoch were told")


def resume(trial: Trial) -> None:
    """It goes on after the checkpoint's epoch, numbered on, under the same keys, nothing twice."""
    before, run = trial.stopped, trial.resumed
    run.expect_state(JobState.COMPLETED)
    _expect_epochs(run, list(range(2, EPOCHS + 1)))
    twice = sorted(f"{key} at step {step}" for key, step in run.metrics.keys() & before.metrics.keys())
    expect(not twice, f"told by both attempts: {', '.join(twice[:5])}; steps go on where the first attempt ended")
    wanted, got = _keys(trial.trained, 2), _keys(run, 2)
    expect(
        wanted == got,
        f"the keys are others than those of a training without a break; missing: {_listed(wanted - got)}, "
        f"new: {_listed(got - wanted)}",
    )


def schedule(trial: Trial) -> None:
    """The learning rate, where one is told, is that of an undisturbed training."""
    wanted, run = trial.trained.metrics, trial.resumed
    rates = {at: numbers.decode(value) for at, (_, value) in run.metrics.items() if _is_rate(at[0])}
    if not rates:
        raise NotChecked("it tells no learning rate")
    for (key, step), rate in sorted(rates.items(), key=lambda item: item[0][1]):
        if (key, step) in wanted:
            expected = numbers.decode(wanted[key, step][1])
            expect(
                math.isclose(rate, expected, rel_tol=RATE_TOLERANCE, abs_tol=1e-12),
                f"{key} at step {step} is {rate:.6g} after the resume, {expected:.6g} without a break; "
                "restore the scheduler and the optimizer",
            )


def kill(trial: Trial) -> None:
    """Killed in the middle, its journal is whole but for one line, and it goes on from its checkpoint."""
    run = trial.killed
    expect(run.reason == KILLED, f"it ended ({run.state}: {run.reason}) before it told a checkpoint{run.warnings}")
    expect(not run.journal.problems, "; ".join(run.journal.problems[:3]))
    checkpoint = run.last_checkpoint()
    again = trial.resumed_after_kill
    again.expect_state(JobState.STOPPED)
    _expect_epochs(again, [checkpoint.epoch + 1])


def cut_checkpoint(trial: Trial) -> None:
    """Half of a checkpoint is refused with a reason, and nothing is trained in its place."""
    run = trial.from_cut_checkpoint
    expect(not run.epochs, f"from half a checkpoint it trained epochs {run.epochs}, as if there had been none")
    run.expect_state(JobState.FAILED)
    expect(
        "checkpoint" in run.reason.lower(),
        f"the reason doesn't say that it is the checkpoint: {run.reason!r}; "
        "raise snellen.errors.CheckpointBroken, which names it and says what to do",
    )


def fine_tune(trial: Trial) -> None:
    """A new job begins with another's weights, at epoch 1."""
    fresh, run = trial.stopped, trial.fine_tuned
    run.expect_state(JobState.STOPPED)
    _expect_epochs(run, [1])
    told = trial.trained.metrics
    learned = {
        key
        for key, step in told
        if step == 1 and not _is_rate(key) and (key, 2) in told and told[key, 1] != told[key, 2]
    }
    same = [key for key in learned if run.metrics.get((key, 1)) == fresh.metrics.get((key, 1))]
    expect(
        not learned or len(same) < len(learned),
        f"epoch 1 is to the last digit that of a training from scratch ({_listed(set(same))}); "
        "read the weights at ctx.init_from",
    )


def bad_parameter(trial: Trial) -> None:
    """A hyperparameter that there isn't, or a value of no sense, is refused by name."""
    schema = trial.description.schema[trial.task]
    lax = schemas.lax_properties(schema)
    expect(not lax, f"the schema takes anything for {', '.join(lax)}; say its type and its bounds")
    if schemas.refuses_unknown(schema, trial.params, UNKNOWN_PARAMETER):
        return
    if schema.get("additionalProperties"):
        raise NotChecked("its schema says that it takes any other hyperparameter")
    run = trial.with_unknown_parameter
    expect(
        run.state is JobState.FAILED and UNKNOWN_PARAMETER in run.reason,
        f"{UNKNOWN_PARAMETER} was taken ({run.state}{': ' if run.reason else ''}{run.reason}); "
        'say "additionalProperties": false in the schema',
    )


def unknown_model(trial: Trial) -> None:
    """A model that there isn't is refused with its name, and with what to do."""
    if not trial.description.models:
        raise NotChecked("it offers no models by name")
    run = trial.of_unknown_model
    expect(not run.epochs, f"it trained epochs {run.epochs} of a model that doesn't exist, {UNKNOWN_MODEL!r}")
    run.expect_state(JobState.FAILED)
    words = run.reason.replace(UNKNOWN_MODEL, " ").split()
    expect(
        UNKNOWN_MODEL in run.reason and len(words) >= LEAST_WORDS,
        f"the reason doesn't say that there is no model {UNKNOWN_MODEL} and what to do: {run.reason!r}",
    )


CHECKS: tuple[Check, ...] = (
    Check("describe", "it describes itself, and the defaults of its schema pass it", describe, of_each_task=True),
    Check("train", "a training runs to its end and tells every epoch", train, of_each_task=True),
    Check("predictions", "its predictions can be evaluated", predictions, of_each_task=True),
    Check("journal", "every line of its journal is an event", journal, of_each_task=True),
    Check("checkpoints", "the last epoch's checkpoint is kept", checkpoints, of_each_task=True),
    Check("places", "it writes in its folder alone and leaves the dataset as it was", places, of_each_task=True),
    Check("alone", "it needs no platform, no network and no home", alone, of_each_task=True),
    Check("stop", "asked to stop, it ends with the epoch and keeps what there is", stop),
    Check("stop-now", "asked to stop at once, it ends with the batch", stop_now),
    Check("resume", "a stopped training goes on with the next epoch, nothing twice", resume),
    Check("schedule", "a resumed training has the learning rate of one without a break", schedule),
    Check("kill", "killed in the middle, it goes on from its last checkpoint", kill),
    Check("cut-checkpoint", "half a checkpoint is refused, not trained from scratch", cut_checkpoint),
    Check("fine-tune", "a new job begins with another's weights", fine_tune),
    Check("bad-parameter", "an unknown hyperparameter or a value out of range is refused", bad_parameter),
    Check("unknown-model", "an unknown model is refused by name", unknown_model),
)


def _expect_epochs(run: Run, wanted: list[int]) -> None:
    expect(run.epochs == wanted, f"validated epochs {run.epochs}, expected {wanted}{run.warnings}")
    told = {epoch for epoch, _ in run.metrics.values()} - {None}
    expect(told >= set(wanted), f"no metrics of epochs {sorted(set(wanted) - told)}; ctx.log_metrics(…, epoch=epoch)")
    more = sorted(epoch for epoch in told - set(wanted) if epoch is not None)
    expect(not more, f"metrics were told of epochs {more}, expected {wanted} alone")


def _keys(run: Run, since: int) -> set[str]:
    """Keys of the metrics of whole epochs."""
    return {key for (key, _), (epoch, _) in run.metrics.items() if epoch is not None and epoch >= since}


def _is_rate(key: str) -> bool:
    return category_of(key) is Category.LEARNING_RATE


def _listed(keys: set[str]) -> str:
    return ", ".join(sorted(keys)[:5]) or "none"
