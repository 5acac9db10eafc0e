"""Names and tags of jobs are changed by who may write there, and counted for who sees them."""

from __future__ import annotations

import pytest
from tests.server.people.town import API, Town

pytestmark = pytest.mark.db

URL = f"{API}/training/jobs"


def test_who_may_only_look_changes_nothing_and_counts_only_what_they_see(town: Town) -> None:
    theirs, mine = town.furnish(town.cats), town.furnish(town.dogs)
    for place in (theirs, mine):
        assert town.people["boss"].patch(f"{URL}/{place['job_id']}", json={"tags": ["secret"]}).status_code == 200
    body = {"name": "mine now", "tags": []}
    assert town.people["stranger"].patch(f"{URL}/{theirs['job_id']}", json=body).status_code == 404
    assert town.people["viewer"].patch(f"{URL}/{theirs['job_id']}", json=body).status_code == 403
    assert town.people["editor"].patch(f"{URL}/{theirs['job_id']}", json=body).status_code == 200
    where = f"{API}/training/job-kinds"
    seen = town.people["stranger"].get(where).json()
    assert (seen["total"], seen["tags"]) == (1, [{"value": "secret", "count": 1}])
    assert town.people["nobody"].get(where).json()["total"] == 0
    assert town.people["stranger"].get(where, params={"project": "cats"}).status_code == 404
    assert town.people["stranger"].get(URL, params={"tag": "secret"}).json()["items"][0]["id"] == mine["job_id"]
