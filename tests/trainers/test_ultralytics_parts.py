"""The adapter's parts: hyperparameters, weights, plots, and the user's settings, which stay the user's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from PIL import Image

from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.errors import InvalidInput
from snellen.trainers.ultralytics import UltralyticsTrainer
from snellen.trainers.ultralytics.checks import check_model
from snellen.trainers.ultralytics.plots import PlotFinder, is_whole
from snellen.trainers.ultralytics.predictions import BoxCollector
from snellen.trainers.ultralytics.schema import OPTIMIZERS, optimizers_in
from snellen.trainers.ultralytics.weights import find_model


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return UltralyticsTrainer().schema(Task.DETECTION)


def refused(schema: dict[str, Any], params: dict[str, Any]) -> bool:
    return not jsonschema.Draft202012Validator(schema).is_valid(params)


def test_the_schema_is_one_and_every_default_is_valid(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    defaults = {key: spec["default"] for key, spec in schema["properties"].items()}
    problems = [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(defaults)]
    assert problems == []
    assert len(defaults) > 50


def test_every_hyperparameter_has_a_word_of_help_from_the_installed_version(schema: dict[str, Any]) -> None:
    without = [key for key, spec in schema["properties"].items() if not spec.get("description")]
    assert without == []
    assert schema["properties"]["lr0"]["description"] == "initial learning rate (SGD=1e-2, Adam/AdamW=1e-3)"
    assert schema["properties"]["batch"]["description"].startswith("Images a step")


def test_every_default_is_taken_by_the_framework_too(schema: dict[str, Any]) -> None:
    from ultralytics.cfg import get_cfg

    get_cfg(overrides={key: spec["default"] for key, spec in schema["properties"].items()})


@pytest.mark.parametrize("key", ["project", "name", "data", "cfg", "resume", "model", "epochs", "single_cls", "lr00"])
def test_places_what_is_the_jobs_and_what_is_unknown_are_refused(schema: dict[str, Any], key: str) -> None:
    assert refused(schema, {key: 1})
    assert key not in schema["properties"]


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("batch", [1, 16, -1, 0.6, 4096], [0, -2, 1.5, 5000, "8", None]),
        ("imgsz", [32, 160, 640], [0, 100, 33, 640.5, [640, 480]]),
        ("optimizer", ["auto", "SGD", "AdamW"], ["sgdd", "", None, 3]),
        ("degrees", [-180, 0, 45.5, 180], [181, -200, "45"]),
        ("shear", [-10, 0, 10], [120]),
        ("lr0", [0, 0.01, 1], [-0.1, 1.5]),
        ("box", [0, 7.5], [-1]),
        ("warmup_epochs", [0, 2.5], [-1]),
        ("scale", [0, 0.5], [-0.1, 1.5]),
        ("fraction", [0.5, 1, 100], [0, -1, 1.5]),
        ("nbs", [1, 64], [0, -8]),
        ("workers", [0, 8], [-1, 1.5]),
        ("device", ["cpu", "0", "cuda:1", 0, None, "0,1"], ["0,", "gpu", "cpu; rm", -2, [0, 1]]),
        ("amp", [True, False, "bf16"], ["half", None]),
        ("cache", [True, False, "ram"], ["tape"]),
        ("freeze", [None, 10, [0, 1, "23.cv2"]], [-1, "all"]),
        ("compile", [False, "default"], ["fast"]),
        ("save_period", [-1, 5], [-7]),
        ("seed", [0, 42], [-1]),
    ],
)
def test_a_hyperparameter_takes_what_makes_sense_and_nothing_else(
    schema: dict[str, Any], key: str, good: list[Any], bad: list[Any]
) -> None:
    assert [value for value in good if refused(schema, {key: value})] == []
    assert [value for value in bad if not refused(schema, {key: value})] == []


def test_every_optimizer_of_the_schema_can_be_built_and_no_other(schema: dict[str, Any]) -> None:
    from ultralytics.engine.trainer import BaseTrainer
    from ultralytics.nn.tasks import DetectionModel

    trainer = BaseTrainer.__new__(BaseTrainer)
    model = DetectionModel("yolo11n.yaml", verbose=False)
    names = schema["properties"]["optimizer"]["enum"]
    assert {"auto", "SGD", "AdamW"} <= set(names)
    for name in names:
        if name != "auto":
            assert trainer.build_optimizer(model, name=name) is not None
    with pytest.raises(NotImplementedError):
        trainer.build_optimizer(model, name="Lion")


def test_a_version_that_does_not_tell_its_optimizers_has_those_we_know() -> None:
    assert optimizers_in((None, "x", frozenset({"a"}))) == OPTIMIZERS


def describe(**environment: str) -> subprocess.CompletedProcess[str]:
    variables = {k: v for k, v in os.environ.items() if k != "YOLO_CONFIG_DIR"}
    command = [sys.executable, "-m", "snellen.sdk", "describe", "ultralytics"]
    return subprocess.run(
        command, capture_output=True, text=True, env={**variables, **environment}, timeout=100, check=False
    )


def test_describing_leaves_the_users_settings_as_they_are_and_nothing_behind(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    settings = home / ".config" / "Ultralytics" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"mine": true}')
    temporary.mkdir()
    answer = describe(HOME=str(home), TMPDIR=str(temporary), XDG_CONFIG_HOME=str(home / ".config"))
    assert answer.returncode == 0, answer.stderr
    described = json.loads(answer.stdout)
    assert described["tasks"] == ["detection", "segmentation", "pose", "classification"]
    assert "imgsz" in described["schema"]["detection"]["properties"]
    assert settings.read_text() == '{"mine": true}'
    assert [p.name for p in settings.parent.iterdir()] == ["settings.json"]
    assert [p.name for p in temporary.iterdir() if "snellen" in p.name or "Ultra" in p.name] == []


def job(model: str, task: Task = Task.DETECTION) -> JobSpec:
    return JobSpec(1, 1, "job", "ultralytics", task, model, 1, default_primary(task))


def test_a_yaml_is_the_frameworks_and_a_file_is_found_in_the_folder_or_by_its_path(tmp_path: Path) -> None:
    from ultralytics.nn.tasks import DetectionModel

    own = tmp_path / "own.pt"
    torch.save({"model": DetectionModel("yolo11n.yaml", verbose=False)}, own)
    assert find_model(job("yolo11n.yaml"), tmp_path) == "yolo11n.yaml"
    assert find_model(job("own.pt"), tmp_path) == str(own)
    assert find_model(job(str(own)), tmp_path / "elsewhere") == str(own)
    with pytest.raises(InvalidInput, match=r"own\.pt is for the framework's task detect, the job's is segment"):
        find_model(job("own.pt", Task.SEGMENTATION), tmp_path)
    own.write_bytes(own.read_bytes()[:1000])
    with pytest.raises(InvalidInput, match=r"own\.pt can't be read as a checkpoint.*cut off"):
        find_model(job("own.pt"), tmp_path)


def test_weights_that_are_nowhere_are_named_with_what_to_do(tmp_path: Path, schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"weights/own\.pt.*YOLO_OFFLINE.*path of a file"):
        find_model(job("weights/own.pt"), tmp_path)


def test_a_picture_is_whole_when_its_last_byte_is_there(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg"):
        path = tmp_path / name
        Image.new("RGB", (64, 64), "red").save(path)
        data = path.read_bytes()
        assert is_whole(path)
        path.write_bytes(data[:-1])
        assert not is_whole(path)
        path.write_bytes(b"")
        assert not is_whole(path)
    assert not is_whole(tmp_path / "none.png")


def test_a_plot_is_given_once_and_again_when_it_is_drawn_again(tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    Image.new("L", (8, 8)).save(path)
    finder = PlotFinder()
    assert finder.new({path: {"timestamp": 1.0}}) == [path]
    assert finder.new({path: {"timestamp": 1.0}}) == []
    assert finder.new({path: {"timestamp": 2.0}}) == [path]


def test_a_torn_plot_comes_with_the_next_look_and_the_last_look_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    Image.new("L", (8, 8)).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:20])
    plots = {path: {"timestamp": 1.0}}
    finder = PlotFinder()
    assert finder.new(plots) == []
    begun = threading.Event()

    def plot_images() -> None:
        begun.wait(5)
        path.write_bytes(whole)

    drawing = threading.Thread(target=plot_images)
    drawing.start()
    begun.set()
    assert finder.new(plots, wait=True) == [path]
    assert path.read_bytes() == whole
    drawing.join()


@pytest.fixture
def collector(tmp_path: Path) -> Callable[[Path], BoxCollector]:
    def make(dataset: Path) -> BoxCollector:
        from ultralytics.models.yolo.detect import DetectionValidator

        validator = DetectionValidator(save_dir=tmp_path / "val")
        validator.training = True
        return BoxCollector(validator, str(dataset))

    return make


def test_a_letterboxed_box_comes_back_to_the_original_image(
    collector: Callable[[Path], BoxCollector], tmp_path: Path
) -> None:
    found = collector(tmp_path)
    # 200 x 100 px, halved to 100 x 50 and centred in 128 x 64: 14 px left, 7 px above.
    pred = {
        "bboxes": torch.tensor([[14.0 + 5, 7.0 + 10, 14.0 + 25, 7.0 + 30], [0.0, 0.0, 128.0, 64.0]]),
        "cls": torch.tensor([3.0, 1.0]),
        "conf": torch.tensor([0.5, 0.25]),
    }
    nothing = {"bboxes": torch.zeros((0, 4)), "cls": torch.zeros(0), "conf": torch.zeros(0)}
    batch = {
        "img": torch.zeros((2, 3, 64, 128)),
        "ori_shape": [(100, 200), (100, 200)],
        "ratio_pad": [((0.5, 0.5), (14.0, 7.0))] * 2,
        "im_file": [str(tmp_path / "images/val/a.png"), str(tmp_path / "images/val/b.png")],
    }
    found._keep([pred, nothing], batch)
    columns, images = found.take()
    assert images == ["images/val/a.png", "images/val/b.png"]
    assert columns["image"] == ["images/val/a.png"] * 2
    assert columns["class_id"].tolist() == [3, 1]
    assert [columns[k].tolist() for k in "xywh"] == [[10.0, 0.0], [20.0, 0.0], [40.0, 200.0], [40.0, 100.0]]
    assert found.take()[1] == []


def test_a_link_in_the_dataset_keeps_its_own_name(collector: Callable[[Path], BoxCollector], tmp_path: Path) -> None:
    real = tmp_path / "store" / "files"
    real.mkdir(parents=True)
    (real / "abcdef").touch()
    images = tmp_path / "dataset" / "images" / "val"
    images.mkdir(parents=True)
    (images / "cat.png").symlink_to(real / "abcdef")
    (tmp_path / "linked").symlink_to(tmp_path / "dataset")
    for dataset in (tmp_path / "dataset", tmp_path / "linked"):
        found = collector(dataset)
        assert found._name(str(images / "cat.png")) == "images/val/cat.png"
        assert found._name(str(dataset / "images/val/cat.png")) == "images/val/cat.png"


@pytest.mark.parametrize(
    ("model", "task", "fits"),
    [
        ("yolo11n.yaml", Task.SEGMENTATION, "yolo11n-seg.yaml"),
        ("yolov8m-seg.pt", Task.DETECTION, "yolov8m.pt"),
        ("weights/yolo26x-pose.pt", Task.CLASSIFICATION, "yolo26x-cls.pt"),
        ("yolo11n-obb.yaml", Task.DETECTION, "yolo11n.yaml"),
    ],
)
def test_a_model_of_another_task_is_refused_with_one_that_fits(model: str, task: Task, fits: str) -> None:
    with pytest.raises(InvalidInput, match=f"is not for {task}.*: {re.escape(fits)}$"):
        check_model(model, task)


def test_oriented_boxes_do_not_exist_here_and_the_error_says_so() -> None:
    with pytest.raises(InvalidInput, match=r"yolo26n-obb\.pt is for oriented boxes \(OBB\).*yolo26n\.pt"):
        check_model("yolo26n-obb.pt", Task.DETECTION)


def test_an_image_size_between_strides_is_refused_by_name(schema: dict[str, Any]) -> None:
    (error,) = jsonschema.Draft202012Validator(schema).iter_errors({"imgsz": 100})
    assert (list(error.path), error.message) == (["imgsz"], "100 is not a multiple of 32")


def test_a_classifier_has_the_frameworks_image_size_for_it() -> None:
    assert UltralyticsTrainer().schema(Task.CLASSIFICATION)["properties"]["imgsz"]["default"] == 224


@pytest.mark.parametrize("model", ["yolo11n-seg.yaml", "my-best.pt", "last.pt", "yolo-custom.yaml"])
def test_a_model_that_fits_or_says_nothing_passes(model: str) -> None:
    check_model(model, Task.SEGMENTATION)
