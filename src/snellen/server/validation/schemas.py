"""Validation results as they come and go over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from snellen.contract.tasks import Task
from snellen.server.jobs.schemas import PrimaryMetricOut
from snellen.server.schemas import Num

Names = Annotated[list[str], Field(max_length=100_000)]
Outcome = Literal["tp", "fp", "fn"]
#: The kinds of TIDE.
ErrorType = Literal["Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"]


class Thresholds(BaseModel):
    """At which score and IoU numbers were computed."""

    score: float
    iou: float


class ClassAt(BaseModel):
    """One class's numbers at a score and an IoU; null where undefined (a class without truth has no recall)."""

    class_id: int
    class_name: str
    truths: int
    predictions: int
    tp: int
    fp: int
    fn: int
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None


class PerClass(ClassAt):
    """One class's numbers of a whole evaluation; null also where the task has none.

    ``best_score`` is where the class's own F1 is highest, the other ``best_…`` are there. ``iou`` and ``dice`` are
    semantic, of masks.
    """

    best_score: float | None = None
    best_precision: float | None = None
    best_recall: float | None = None
    best_f1: float | None = None
    ap50: float | None = None
    ap75: float | None = None
    ap50_95: float | None = None
    iou: float | None = None
    dice: float | None = None


class Matrix(BaseModel):
    """A confusion matrix: ``cells`` are ``[true, predicted, count]``, indices into ``labels``, without zeros."""

    labels: list[str]
    cells: list[tuple[int, int, int]]
    truncated: bool = False


class MatrixAt(Matrix):
    """The matrix at a score and an IoU, and per-class numbers there."""

    conf: float
    iou: float
    per_class: list[ClassAt]


class CalibrationBin(BaseModel):
    """Predictions whose score is in one range: their mean score, and the share of them that are hits."""

    model_config = ConfigDict(populate_by_name=True)

    begin: float = Field(alias="from")
    to: float
    count: int
    score: float | None
    precision: float | None


class Calibration(BaseModel):
    """Whether a score means what it says; null without predictions."""

    ece: float | None
    mce: float | None
    bins: list[CalibrationBin]


class KeypointRow(BaseModel):
    """One keypoint's PCK; ``distance`` is the mean of those paired, in parts of the object's longer side."""

    name: str
    labelled: int
    paired: int
    correct: int
    pck: float | None
    distance: float | None


class KeptPredictions(BaseModel):
    """Which predictions the set holds: AP knows of no others."""

    min_score: float
    max_per_image: int


class Evaluation(BaseModel):
    """What Snellen computed from a prediction set; nothing here was reported by a framework."""

    model_config = ConfigDict(extra="allow")

    source: Literal["computed"] = "computed"
    #: What the threshold ``iou`` is of: ``box IoU``, ``mask IoU``, ``OKS``; null for labels.
    similarity: str | None = None
    thresholds: Thresholds
    metrics: dict[str, Num]
    per_class: list[PerClass] | None = None
    confusion_matrix: Matrix | None = None
    calibration: Calibration | None = None
    keypoints: list[KeypointRow] | None = None
    sigmas: list[float] | None = None
    pck_fraction: float | None = None
    kept: KeptPredictions | None = None


class ResultIn(BaseModel):
    """One epoch's validation. Only ``job_id``, ``epoch`` and ``task_type`` are needed."""

    model_config = ConfigDict(extra="forbid")

    job_id: int
    epoch: Annotated[int, Field(ge=1, le=10_000_000)]
    task_type: Task
    primary_metric_name: Annotated[str, Field(max_length=300)] | None = None
    primary_metric_value: Num | None = None
    overall_loss: Num | None = None
    metrics: Annotated[dict[str, Num], Field(max_length=5000)] = Field(default_factory=dict)
    class_names: Names | dict[str, str] | None = None
    visualization_urls: Annotated[dict[str, str], Field(max_length=10_000)] | None = None
    confusion_matrix: JsonValue = None
    image_results: list[dict[str, Any]] | None = None
    predictions_key: str | None = None
    matches_key: str | None = None
    evaluation: Evaluation | None = None
    evaluation_error: str | None = None
    attempt: Annotated[int, Field(ge=1)] | None = None


class ResultStored(BaseModel):
    """The result is stored for good."""

    job_id: int
    epoch: int
    stored: bool = True
    best_epoch: int | None


class PredictionsOut(BaseModel):
    """Whether the result has a prediction set. One that was ``removed`` has a reason and a time (Unix ms)."""

    state: Literal["stored", "none", "removed"]
    reason: str | None = None
    at: int | None = None


class ResultRow(BaseModel):
    """One epoch in the list. ``metrics`` were reported by the trainer, ``computed`` by Snellen."""

    epoch: int
    primary_metric_value: Num | None
    metrics: dict[str, Num]
    computed: dict[str, Num] | None
    overall_loss: Num | None
    evaluated: bool
    evaluation_error: str | None
    has_predictions: bool
    predictions: PredictionsOut
    task_type: Task
    created_at: int


class ResultPage(BaseModel):
    """A row an epoch, in order."""

    items: list[ResultRow]
    best_epoch: int | None
    primary_metric: PrimaryMetricOut
    next_cursor: str | None


class PlotOut(BaseModel):
    """A picture that the framework drew at this epoch."""

    name: str
    artifact_id: int
    url: str
    content_type: str


class ResultDetail(ResultRow):
    """One result, per class."""

    class_names: list[str]
    thresholds: Thresholds
    similarity: str | None
    per_class: list[PerClass] | None
    confusion_matrix: Matrix | None
    #: The matrix as the trainer sent it, where it sent one.
    reported_confusion_matrix: JsonValue
    calibration: Calibration | None
    keypoints: list[KeypointRow] | None
    sigmas: list[float] | None
    pck_fraction: float | None
    kept: KeptPredictions | None
    plots: list[PlotOut]
    visualization_urls: dict[str, str]
    is_best: bool


class TruthOut(BaseModel):
    """An object of the truth and what became of it.

    ``outlines`` are closed polygons ``[x0, y0, x1, y1, …]`` of the mask in pixels, to be filled even-odd, exact unless
    an image has so many corners that they are no longer seen; ``keypoints`` are ``[x, y, v]`` with v 0 (not labelled),
    1 (hidden) or 2 (visible).
    """

    object_id: int
    class_id: int
    class_name: str
    x: float
    y: float
    w: float
    h: float
    outlines: list[list[int]] | None
    keypoints: list[list[float]] | None = None
    iscrowd: bool
    outcome: Literal["tp", "fn", "ignored"]
    prediction_id: int | None
    iou: float | None


class PredictionOut(BaseModel):
    """A prediction and what became of it; the third number of a keypoint is its score."""

    prediction_id: int
    class_id: int
    class_name: str
    score: float
    x: float
    y: float
    w: float
    h: float
    outlines: list[list[int]] | None
    keypoints: list[list[float]] | None = None
    outcome: Literal["tp", "fp", "ignored"]
    object_id: int | None
    iou: float | None


class LabelScore(BaseModel):
    """One of the best labels of a classified image."""

    class_id: int
    class_name: str
    score: float


class KeypointNames(BaseModel):
    """What the keypoints are, and which pairs of them a line joins (indices from 0)."""

    names: list[str]
    skeleton: list[tuple[int, int]]


class ImageDetail(BaseModel):
    """One image's truth, predictions and their matches at the thresholds.

    A classified image has no ``predictions`` but ``top5``, best first, whatever their scores.
    """

    image_id: int
    path: str
    width: int | None
    height: int | None
    split: str | None
    url: str | None
    truths: list[TruthOut]
    predictions: list[PredictionOut]
    top5: list[LabelScore] | None
    keypoints: KeypointNames | None
    tp: int
    fp: int
    fn: int
    mean_iou: float | None
    semantic_iou: float | None
    dice: float | None
    error_score: float
    conf: float
    iou: float


class ObjectThen(BaseModel):
    """An object of the truth at one epoch: the prediction matched with it, and of which class; null without one."""

    outcome: Literal["tp", "fn", "ignored"]
    pred: str | None = None
    score: float | None = None
    iou: float | None = None


class HistoryRow(BaseModel):
    """One image at one epoch, as :class:`ImageDetail` counts it.

    Of a classified image ``pred`` and ``score`` are of the first choice, ``true_score`` and ``true_rank`` of the true
    class, null where it is not among the five that are kept. ``object`` is the object that was asked for.
    """

    epoch: int
    tp: int
    fp: int
    fn: int
    mean_iou: float | None = None
    pred: str | None = None
    score: float | None = None
    true_score: float | None = None
    true_rank: int | None = None
    object: ObjectThen | None = None


class ImageHistory(BaseModel):
    """An image over the epochs that have predictions and evaluated it.

    ``total_epochs`` have predictions; of very many, an even share is looked at, and ``thinned`` says so.
    """

    image_id: int
    items: list[HistoryRow]
    total_epochs: int
    thinned: bool
    conf: float
    iou: float


class PrCurve(BaseModel):
    """Precision at 101 recall points."""

    recall: list[float]
    precision: list[float | None]


class BestF1(BaseModel):
    """The operating point with the greatest F1."""

    score: float | None
    value: float | None


class CurvesOut(BaseModel):
    """Precision, recall and F1 at 101 scores; ``class_id`` null is all classes together."""

    scores: list[float]
    precision: list[float | None]
    recall: list[float | None]
    f1: list[float | None]
    pr: PrCurve
    best_f1: BestF1
    iou: float
    class_id: int | None


class CalibrationOut(Calibration):
    """Of predictions that reach ``conf``, right at ``iou``."""

    conf: float
    iou: float


class OperatingPointOut(BaseModel):
    """Precision, recall and F-beta from a score on; null where no score gives a hit."""

    score: float | None
    precision: float | None
    recall: float | None
    f: float | None


class OperatingPointsOut(BaseModel):
    """Where F-beta is highest: of all classes together, and of each by itself in order of the id."""

    beta: float
    iou: float
    overall: OperatingPointOut
    per_class: list[OperatingPointOut]


class ErrorTypesOut(BaseModel):
    """TIDE: AP at ``iou``, by how much it would rise without the errors of each kind, and how many there are."""

    iou: float
    background: float
    ap: float
    delta_ap: dict[str, float]
    counts: dict[str, int]


class KeypointsOut(BaseModel):
    """PCK of poses that reach ``conf``, at a fraction of the object's longer side; ``sigmas`` are those of the OKS."""

    pck: float | None
    fraction: float
    conf: float
    sigmas: list[float]
    keypoints: list[KeypointRow]


class OverlapRow(BaseModel):
    """One class's semantic IoU and Dice; null where neither truth nor prediction has a pixel."""

    class_id: int
    class_name: str
    iou: float | None
    dice: float | None


class OverlapOut(BaseModel):
    """Semantic IoU and Dice of predictions that reach ``conf``: the means over classes, and each class's."""

    conf: float
    iou: float | None
    dice: float | None
    per_class: list[OverlapRow]
