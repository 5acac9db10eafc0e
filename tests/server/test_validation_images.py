"""The images and objects of a validation: any part of the list, narrowed down by all at once, never over a megabyte."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.db

ExternalJob = Callable[..., tuple[int, TestClient]]
NAMES = ["cat", "dog"]
#: An answer that a page asks for is never larger.
MOST_BYTES = 1_000_000


def box(class_id: int, x: float, y: float, side: float = 10, confidence: float | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"class_id": class_id, "bbox": [x, y, side, side]}
    return found if confidence is None else {**found, "confidence": confidence}


def send(client: TestClient, job_id: int, results: list[dict[str, Any]], task: str = "detection") -> None:
    names = NAMES if task == "detection" else ["cat", "dog", "hen"]
    body = {"job_id": job_id, "epoch": 1, "task_type": task, "class_names": names, "image_results": results}
    answer = client.post(f"/api/v1/validation/jobs/{job_id}/results", json=body)
    assert answer.status_code == 200, answer.text


#: A small cat that is found, a middling cat taken for a dog, a large dog missed, a large dog where nothing is.
IMAGES: list[dict[str, Any]] = [
    {"image_name": "a/1.png", "true_boxes": [box(0, 0, 0, 20)], "predicted_boxes": [box(0, 0, 0, 20, 0.9)]},
    {"image_name": "a/2.png", "true_boxes": [box(0, 5, 5, 50)], "predicted_boxes": [box(1, 5, 5, 50, 0.8)]},
    {
        "image_name": "b/3.PNG",
        "true_boxes": [box(1, 0, 0, 100), box(1, 200, 0, 100)],
        "predicted_boxes": [box(0, 500, 0, 10, 0.1)],
    },
    {"image_name": "b/4.png", "true_boxes": [], "predicted_boxes": [box(1, 50, 50, 96, 0.6)]},
    {"image_name": "b/5.png", "true_boxes": [], "predicted_boxes": []},
]


@pytest.fixture
def ask(api: TestClient, external_job: ExternalJob) -> Callable[..., Any]:
    """Asks about the result of a job to which the images above were sent."""
    job_id, client = external_job()
    send(client, job_id, IMAGES)

    def ask(rest: str, status: int = 200, **params: Any) -> Any:
        params = {name.rstrip("_"): value for name, value in params.items()}
        answer = api.get(f"/api/v1/validation/jobs/{job_id}/results/1/{rest}", params=params)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.headers["content-type"] == "application/json" else answer

    return ask


def paths(page: dict[str, Any]) -> list[str]:
    return [item["path"] for item in page["items"]]


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"split": "val"}, "split: got 'val'; the evaluated images are of: none"),
        ({"true": 3}, "true: got 3"),
        ({"class_": 2}, "class: got 2"),
        ({"cursor": "?"}, "cursor"),
    ],
)
@pytest.mark.parametrize("what", ["images", "objects"])
def test_a_filter_that_fits_nothing_is_told(ask: Any, what: str, params: dict[str, Any], named: str) -> None:
    assert named in ask(what, status=422, **params)["detail"]
    for wrong in ({"size": "tiny"}, {"sort": "random"}, {"offset": -1}, {"limit": 501}, {"error": "x"}):
        ask(what, status=422, **wrong)


def test_any_part_of_the_list_can_be_had(ask: Any) -> None:
    everything = paths(ask("images", sort="name"))
    assert everything == ["a/1.png", "a/2.png", "b/3.PNG", "b/4.png", "b/5.png"]
    assert paths(ask("images", sort="name", offset=3, limit=1)) == everything[3:4]
    page = ask("images", sort="name", offset=4, limit=3)
    assert (paths(page), page["next_cursor"], page["total_images"]) == (everything[4:], None, 5)
    assert paths(ask("images", offset=99)) == []
    # A cursor goes on where its page ended, whatever offset is sent with it.
    cursor = ask("images", sort="name", offset=1, limit=2)["next_cursor"]
    assert paths(ask("images", sort="name", cursor=cursor, offset=0)) == everything[3:]


def test_filters_hold_all_at_once_and_the_counts_are_exact(ask: Any) -> None:
    def found(**params: Any) -> tuple[list[str], int]:
        page = ask("images", sort="name", **params)
        assert page["total_images"] == len(page["items"])
        assert page["total_pairs"] == sum(item["pairs"] for item in page["items"]) or not params
        return paths(page), page["total_pairs"]

    assert found(size="small") == (["a/1.png"], 1)
    assert found(size="medium") == (["a/2.png"], 1)
    # The prediction without an object is of the size of its box, which is 96 to 96.
    assert found(size="large") == (["b/3.PNG", "b/4.png"], 3)
    assert found(size="large", outcome="fn") == (["b/3.PNG"], 2)
    assert found(size="large", outcome="fp", class_=1) == (["b/4.png"], 1)
    assert found(true=0, pred=1, size="small") == ([], 0)
    assert found(true=0, pred=1, text="A/2") == (["a/2.png"], 1)
    assert found(error="Cls", true=0, pred=1, size="medium") == (["a/2.png"], 1)
    assert found(error="Miss", class_=1, text="b/") == (["b/3.PNG"], 2)
    # TIDE knows no scores: the faint one is background too.
    assert found(error="Bkg") == (["b/3.PNG", "b/4.png"], 2)
    assert found(error="Bkg", outcome="tp") == ([], 0)
    assert found(outcome="fp", text=".png")[0] == ["a/2.png", "b/4.png"]
    # A path is taken literally: it is no pattern.
    assert found(text="b.3", outcome="fn") == ([], 0)
    everything = ask("images", text="b/")
    assert sorted(paths(everything)) == ["b/3.PNG", "b/4.png", "b/5.png"]


def test_images_come_in_every_order(ask: Any) -> None:
    by_errors = [item["fp"] + item["fn"] for item in ask("images", sort="errors")["items"]]
    assert by_errors == sorted(by_errors, reverse=True)
    assert paths(ask("images", sort="score"))[:3] == ["a/1.png", "a/2.png", "b/4.png"]
    assert paths(ask("images", sort="iou"))[0] == "a/1.png"
    worst, best = ask("images", sort="worst")["items"], ask("images", sort="best")["items"]
    assert worst[0]["path"] == "b/3.PNG"
    assert [item["error_score"] for item in best] == sorted(item["error_score"] for item in worst)


def test_what_is_wrong_is_told_apart_in_one_list(ask: Any) -> None:
    """A class alone has hits and mistakes in it."""
    of_cats = {i["path"]: i["highlights"] for i in ask("images", class_=0)["items"]}
    assert {(h["kind"], h["wrong"]) for h in of_cats["a/1.png"]} == {("truth", False), ("prediction", False)}
    assert {(h["kind"], h["wrong"]) for h in of_cats["a/2.png"]} == {("truth", True), ("prediction", True)}


def test_the_neighbours_of_an_image_are_those_of_the_whole_list(ask: Any) -> None:
    ids = {item["path"]: item["image_id"] for item in ask("images")["items"]}
    middle = ask(f"images/{ids['b/3.PNG']}/neighbours", sort="name")
    assert (middle["index"], middle["total"]) == (2, 5)
    assert (middle["previous"], middle["next"]) == (ids["a/2.png"], ids["b/4.png"])
    alone = ask(f"images/{ids['b/3.PNG']}/neighbours", outcome="fn", size="large")
    assert (alone["index"], alone["previous"], alone["next"], len(alone["highlights"])) == (0, None, None, 2)
    # One that the filters leave out says so, and is no error: a link may lead to it.
    out = ask(f"images/{ids['a/1.png']}/neighbours", outcome="fn")
    assert (out["index"], out["total"], out["previous"], out["next"]) == (None, 2, None, None)
    ask("images/77/neighbours", status=404)


def test_objects_are_the_pairs_that_are_counted(ask: Any) -> None:
    for params in ({}, {"outcome": "fn"}, {"error": "Miss"}, {"true": 0, "pred": 1}, {"size": "large"}):
        page = ask("objects", **params)
        counted = ask("images", **params)
        assert (page["total"], len(page["items"])) == (counted["total_pairs"], counted["total_pairs"])
    surest = ask("objects")["items"]
    assert [item["score"] for item in surest] == pytest.approx([0.9, 0.8, 0.6, None, None], nan_ok=True)
    (taken,) = ask("objects", true=0, pred=1)["items"]
    assert (taken["true"], taken["pred"], taken["found"], taken["iou"]) == ("cat", "dog", False, 1.0)
    assert taken["truth"] == taken["prediction"] == {"x": 5, "y": 5, "w": 50, "h": 50}
    (ghost,) = ask("objects", outcome="fp", text="b/4")["items"]
    assert (ghost["true"], ghost["pred"], ghost["truth"], ghost["area"]) == (None, "dog", None, 96 * 96)
    assert ask("objects", sort="small")["items"][0]["area"] == 400
    assert paths(ask("objects", sort="name", offset=3, limit=1)) == ["b/3.PNG"]
    # Around each object there is something to see of its surroundings.
    assert taken["crop"]["w"] == pytest.approx(1.7 * 50, abs=1)


def test_a_crop_lies_within_its_image(api: TestClient, external_job: ExternalJob) -> None:
    from snellen.server.validation.image_schemas import Region
    from snellen.server.validation.places import crop_of

    image = {"width": 200, "height": 100}
    inside = crop_of([Region(x=90, y=40, w=20, h=20)], image)
    assert (inside.x, inside.y, inside.w, inside.h) == (76, 26, 48, 48)
    corner = crop_of([Region(x=180, y=90, w=30, h=10)], image)
    assert (corner.x + corner.w, corner.y + corner.h) == (200, 100)
    large = crop_of([Region(x=0, y=0, w=190, h=90)], image)
    assert (large.x, large.y, large.w, large.h) == (0, 0, 200, 100)
    unknown = crop_of([Region(x=0, y=0, w=10, h=10)], {"width": None, "height": None})
    assert (unknown.x, unknown.y) == (-19, -19)


def test_no_answer_is_larger_than_a_megabyte(api: TestClient, external_job: ExternalJob) -> None:
    """As many images as may be asked for at once, each with more pairs than are highlighted."""
    job_id, client = external_job()
    found = [box(0, 12.3456 * i, 7.654321, 11.1111, 0.5) for i in range(20)]
    results = [
        {"image_name": f"folder/of/some/depth/{'x' * 60}{i:05}.png", "true_boxes": [], "predicted_boxes": found}
        for i in range(300)
    ]
    for part in range(0, 300, 60):  # the tests' server takes no large bodies
        send(client, job_id, results[part : part + 60])
    url = f"/api/v1/validation/jobs/{job_id}/results/1"
    for what in ("images", "objects"):
        small = api.get(f"{url}/{what}", params={"limit": 60, "outcome": "fp"})
        large = api.get(f"{url}/{what}", params={"limit": 500, "outcome": "fp"})
        per_item = len(large.content) / len(large.json()["items"])
        assert small.status_code == large.status_code == 200
        assert per_item * 500 < MOST_BYTES, (what, per_item)


def test_labels_have_no_objects(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job(task="classification")
    results = [
        {"image_name": f"{i}.png", "true_label_id": i % 3, "top5_predictions": [[i % 2, 0.6], [2, 0.4]]}
        for i in range(6)
    ]
    send(client, job_id, results, "classification")
    url = f"/api/v1/validation/jobs/{job_id}/results/1"
    assert api.get(f"{url}/objects").status_code == 422
    assert "size" in api.get(f"{url}/images", params={"size": "small"}).json()["detail"]
    scores = [i["score"] for i in api.get(f"{url}/images", params={"sort": "score"}).json()["items"]]
    assert scores == pytest.approx([0.6] * 6)
    wrong = api.get(f"{url}/images", params={"outcome": "fp", "class": 0}).json()
    assert sorted(paths(wrong)) == ["2.png", "4.png"]


@pytest.fixture
def suspicious(api: TestClient, external_job: ExternalJob) -> str:
    """A model that is right in ten images, and sure of something else in the last two; the address of its result."""
    job_id, client = external_job()
    at = (0, 0, 40)
    right = [
        {
            "image_name": f"ok{i}.png",
            "true_boxes": [box(i % 2, *at)],
            "predicted_boxes": [box(i % 2, *at, confidence=0.9)],
        }
        for i in range(10)
    ]
    wrong = [
        {"image_name": "=flip.png", "true_boxes": [box(0, 0, 0, 40)], "predicted_boxes": [box(1, 0, 0, 40, 0.95)]},
        {"image_name": "lost.png", "true_boxes": [], "predicted_boxes": [box(1, 100, 0, 40, 0.93)]},
    ]
    send(client, job_id, right + wrong)
    return f"/api/v1/validation/jobs/{job_id}/results/1/label-errors"


def test_likely_label_errors_come_with_their_reasons(api: TestClient, suspicious: str) -> None:
    found = api.get(suspicious).json()
    assert found["counts"] == {"class": 1, "missing": 1, "spurious": 0, "place": 0}
    flip, lost = sorted(found["items"], key=lambda item: item["path"])
    assert (flip["kind"], flip["given"], flip["suggested"], flip["own_score"]) == ("class", "cat", "dog", 0)
    assert (flip["score"], flip["iou"], flip["sure_from"]) == pytest.approx((0.95, 1.0, 0.9))
    # Of seven such predictions five are right; one more of each is counted.
    assert flip["share"] == pytest.approx(6 / 9)
    assert (lost["kind"], lost["given"], lost["truth"]) == ("missing", None, None)
    assert lost["prediction"] == {"x": 100, "y": 0, "w": 40, "h": 40}
    only = api.get(suspicious, params={"kind": "missing", "class": 1}).json()
    assert (only["total"], paths(only)) == (1, ["lost.png"])
    assert paths(api.get(suspicious, params={"offset": 1, "limit": 1}).json()) == [found["items"][1]["path"]]
    assert api.get(suspicious, params={"class": 9}).status_code == 422
    assert api.get(suspicious, params={"kind": "x"}).status_code == 422


def test_a_model_that_is_mostly_wrong_says_nothing_about_the_labels(
    api: TestClient, external_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, client = external_job()
    place = (0, 0, 40)
    images = [
        {
            "image_name": f"{n}.png",
            "true_boxes": [box(int(n < 3), *place)],
            "predicted_boxes": [box(1, *place, confidence=0.9)],
        }
        for n in range(12)
    ]
    send(client, job_id, images)
    found = api.get(f"/api/v1/validation/jobs/{job_id}/results/1/label-errors").json()
    assert (found["total"], set(found["counts"].values())) == (0, {0}), "nine cats are taken for dogs, three dogs are"


def test_likely_label_errors_are_to_be_had_as_csv(api: TestClient, suspicious: str) -> None:
    answer = api.get(f"{suspicious}/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {(row["kind"], row["label"], row["suggested"]) for row in rows} == {
        ("class", "cat", "dog"),
        ("missing", "", "dog"),
    }
    by_kind = {row["kind"]: row for row in rows}
    # A spreadsheet must not take a file's name for a formula.
    assert by_kind["class"]["image"] == "'=flip.png"
    assert "labelled cat; the model sees dog there with score 0.95" in by_kind["class"]["reason"]
    assert (by_kind["missing"]["x"], by_kind["missing"]["label_x"]) == ("100.0", "")
    assert len(list(csv.DictReader(io.StringIO(api.get(f"{suspicious}/export", params={"limit": 1}).text)))) == 1
