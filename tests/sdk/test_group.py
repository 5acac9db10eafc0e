"""The nodes that train together, as the environment tells them."""

from __future__ import annotations

import pytest

from snellen.errors import InvalidInput
from snellen.sdk.group import Group

TWO = {"SNELLEN_NODES": "2", "SNELLEN_NODE_RANK": "1", "MASTER_ADDR": "10.0.0.7", "MASTER_PORT": "29500"}


def test_a_node_alone_is_what_is_meant_where_nothing_is_said() -> None:
    for told in ({}, {"SNELLEN_NODES": ""}, {"MASTER_ADDR": "elsewhere", "MASTER_PORT": "x"}):
        assert Group.of_environment(told) == Group(1, 0, None, None)
    assert Group().variables() == {"NNODES": "1", "NODE_RANK": "0"}


def test_one_of_several_nodes_knows_where_the_first_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TWO.items():
        monkeypatch.setenv(name, value)
    group = Group.of_environment()
    assert group == Group(2, 1, "10.0.0.7", 29500)
    assert group.variables() == {
        "NNODES": "2", "NODE_RANK": "1", "RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"SNELLEN_NODES": "0"}, "SNELLEN_NODES: got '0', expected a whole number from 1 on"),
        ({"SNELLEN_NODES": "two"}, "SNELLEN_NODES: got 'two', expected"),
        ({"SNELLEN_NODE_RANK": "2"}, "SNELLEN_NODE_RANK: got 2 where SNELLEN_NODES is 2; expected 0 to 1"),
        ({"SNELLEN_NODE_RANK": "-1"}, "SNELLEN_NODE_RANK: got '-1'"),
        ({"MASTER_ADDR": " "}, "MASTER_ADDR is not set; expected the address of node 0"),
        ({"MASTER_PORT": ""}, "MASTER_PORT: it is not set, expected a whole number from 1 on"),
        ({"MASTER_PORT": "70000"}, "MASTER_PORT: got 70000, expected a port from 1 to 65535"),
    ],
)
def test_what_makes_no_group_is_refused_by_name(told: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Group.of_environment(TWO | told)
    assert refused.value.detail.startswith(named)
