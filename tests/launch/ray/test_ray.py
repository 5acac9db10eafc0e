"""All that runs on a Ray cluster, in one file: so one cluster is started for it, by one of the processes that test."""

import pytest
from tests.launch.ray.groups import (
    test_a_group_whose_node_dies_goes_on_with_those_that_are_left,
    test_a_node_that_its_owner_takes_back_counts_as_one_that_dies,
    test_a_node_whose_trainer_fails_gives_the_job_its_reason,
    test_each_node_of_a_group_is_given_its_gpus,
    test_timm_trains_on_two_nodes_and_each_image_is_judged_once,
    test_what_waits_for_nodes_that_the_cluster_may_get_is_stopped,
)
from tests.launch.ray.jobs import (
    test_a_job_runs_on_the_node_that_it_asks_for,
    test_a_server_that_was_started_anew_finds_its_jobs,
    test_a_stop_and_a_failure_are_what_they_are,
    test_a_supervisor_that_is_killed_takes_its_trainer_along_and_the_job_goes_on_by_itself,
    test_twenty_short_jobs_on_two_cpus_all_end_in_order,
    test_what_is_lost_without_restarts_stays_lost_until_somebody_resumes_it,
)
from tests.launch.ray.node_loss import test_the_job_of_a_node_that_died_is_lost_and_goes_on_elsewhere
from tests.launch.ray.promises import (
    TestRayLauncher,
    test_a_dashboard_that_hangs_is_not_asked_for_each_job,
    test_a_job_that_the_cluster_forgot_is_lost,
    test_a_node_that_hangs_is_not_taken_for_the_dashboard,
    test_all_that_is_wrong_with_the_options_is_said_at_once,
)
from tests.launch.ray.sweep import test_the_trials_of_a_sweep_run_on_the_cluster_and_weak_ones_are_stopped

pytestmark = pytest.mark.timeout(600)

__all__ = [
    "TestRayLauncher",
    "test_a_dashboard_that_hangs_is_not_asked_for_each_job",
    "test_a_group_whose_node_dies_goes_on_with_those_that_are_left",
    "test_a_job_runs_on_the_node_that_it_asks_for",
    "test_a_job_that_the_cluster_forgot_is_lost",
    "test_a_node_that_hangs_is_not_taken_for_the_dashboard",
    "test_a_node_that_its_owner_takes_back_counts_as_one_that_dies",
    "test_a_node_whose_trainer_fails_gives_the_job_its_reason",
    "test_a_server_that_was_started_anew_finds_its_jobs",
    "test_a_stop_and_a_failure_are_what_they_are",
    "test_a_supervisor_that_is_killed_takes_its_trainer_along_and_the_job_goes_on_by_itself",
    "test_all_that_is_wrong_with_the_options_is_said_at_once",
    "test_each_node_of_a_group_is_given_its_gpus",
    "test_the_job_of_a_node_that_died_is_lost_and_goes_on_elsewhere",
    "test_the_trials_of_a_sweep_run_on_the_cluster_and_weak_ones_are_stopped",
    "test_timm_trains_on_two_nodes_and_each_image_is_judged_once",
    "test_twenty_short_jobs_on_two_cpus_all_end_in_order",
    "test_what_is_lost_without_restarts_stays_lost_until_somebody_resumes_it",
    "test_what_waits_for_nodes_that_the_cluster_may_get_is_stopped",
]
