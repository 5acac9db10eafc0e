"""Several people on one server, each in a Chromium of their own: who sees and may do what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from tests.e2e.conftest import Drawn
from tests.e2e.people import PASSWORD, Desk, Team, gather, log_in, new_job
from tests.e2e.running import serving

from snellen.cli.client import Client
from snellen.cli.dataset_import import run_import
from snellen.errors import SnellenError

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any], drawn: Drawn) -> Iterator[Team]:
    root = tmp_path_factory.mktemp("people")
    archive = drawn.write_zip(root / "shapes.zip")

    def import_into(client: Client, source: Any, name: str, project: str) -> dict[str, Any]:
        return run_import(client, source, name, project=project)

    with serving(root, eventually, SNELLEN_AUTH="users", SNELLEN_ALLOW_SHARED_USER="true") as (client, data_dir):
        token = (data_dir / "token").read_text().strip()
        yield gather(client, token, archive, import_into)


@pytest.fixture
def desk(browser: Browser, team: Team) -> Iterator[Desk]:
    desk = Desk(browser, team.url)
    yield desk
    desk.close()
    assert desk.problems == []


def names_of_jobs(page: Page) -> list[str]:
    return [row.locator("a").first.inner_text() for row in page.get_by_test_id("job-row").all()]


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer_and_the_right_one_leads_where_one_wanted(
    desk: Desk,
) -> None:
    page = desk.page("/datasets")
    fault = page.get_by_test_id("login-fault")
    log_in(page, "vic", "not the password")
    expect(fault).to_have_text("Name or password is wrong.")
    page.reload()
    log_in(page, "nobody", "not the password")
    expect(fault).to_have_text("Name or password is wrong.")
    log_in(page, "vic")
    expect(page.get_by_test_id("dataset-card")).to_have_count(1)
    expect(page).to_have_url(re.compile("/datasets$"))


def test_who_guesses_is_told_how_long_to_wait(desk: Desk) -> None:
    page = desk.page()
    submit = page.get_by_test_id("login-submit")
    fault = page.get_by_test_id("login-fault")
    page.get_by_test_id("login-name").fill("mallory")
    for attempt in range(12):
        page.get_by_test_id("login-password").fill(f"guess {attempt}")
        with page.expect_response("**/auth/login") as answer:
            submit.click()
        if answer.value.status == 429:
            break
        expect(fault).to_have_text("Name or password is wrong.")
    expect(fault).to_contain_text("Too many logins went wrong.")
    expect(fault).to_contain_text("You can try again now", timeout=20_000)
    expect(submit).to_be_enabled()


def test_a_token_opens_a_session_too(desk: Desk, team: Team) -> None:
    page = desk.page()
    expect(page.get_by_test_id("login-token")).to_have_count(0)
    page.get_by_test_id("login-by-token").click()
    page.get_by_test_id("login-token").fill("snl_wrong")
    page.get_by_test_id("login-token-submit").click()
    expect(page.get_by_test_id("login-fault")).to_contain_text("This token is not known")
    page.get_by_test_id("login-token").fill(team.token)
    page.get_by_test_id("login-token-submit").click()
    expect(page.get_by_test_id("who-menu")).to_contain_text("admin")


def test_a_stranger_sees_nothing_of_others_not_even_that_it_is_there(desk: Desk, team: Team) -> None:
    page = desk.enter("eve")
    expect(page.get_by_test_id("empty")).to_contain_text("No training yet")
    page.get_by_role("link", name="Datasets", exact=True).click()
    expect(page.get_by_test_id("empty")).to_contain_text("No dataset yet")
    expect(page.get_by_test_id("import-dataset")).to_have_count(0)
    for path, text in (
        (f"/jobs/{team.jobs['cells']}", f"There is no job {team.jobs['cells']}"),
        ("/jobs/9999", "There is no job 9999"),
        (f"/datasets/{team.datasets['cells']}", f"There is no dataset {team.datasets['cells']}"),
        (f"/projects/{team.projects['cells']}", f"There is no project {team.projects['cells']}"),
        ("/users", "This is not for you"),
        ("/audit", "This is not for you"),
        ("/datasets/import", "This is not for you"),
    ):
        page.goto(team.url + path)
        expect(page.get_by_test_id("empty")).to_contain_text(text)
    page.goto(f"{team.url}/?project={team.projects['cells']}")
    expect(page.get_by_role("alert")).to_contain_text("project")


def test_a_viewer_is_offered_nothing_that_changes_something_and_an_editor_is(desk: Desk, team: Team) -> None:
    job, dataset = team.jobs["cells"], team.datasets["cells"]
    for name, count in (("vic", 0), ("grace", 1)):
        page = desk.enter(name, f"/jobs/{job}")
        expect(page.get_by_role("heading", name="cells job")).to_be_visible()
        expect(page.get_by_test_id("stop-job")).to_have_count(count)
        page.goto(f"{team.url}/datasets?project={team.projects['cells']}")
        expect(page.get_by_test_id("dataset-card")).to_have_count(1)
        expect(page.get_by_test_id("import-dataset")).to_have_count(count)
        page.goto(f"{team.url}/datasets/{dataset}/versions")
        expect(page.get_by_test_id("version")).to_have_count(1)
        expect(page.get_by_test_id("delete-dataset")).to_have_count(count)
        expect(page.get_by_test_id("new-version")).to_have_count(count)


def test_what_the_server_refuses_is_told_with_its_reason(desk: Desk, team: Team) -> None:
    job = new_job(team, "roads", "refused job")
    page = desk.enter("grace", f"/jobs/{job}")
    page.get_by_test_id("stop-job").click()
    member = f"/projects/{team.projects['roads']}/members/{team.users['grace']}"
    team.operator.request("PUT", member, json={"role": "viewer"})
    try:
        page.get_by_test_id("confirm-stop").click()
        expect(page.get_by_role("alert")).to_contain_text("you are viewer of this project")
    finally:
        team.operator.request("PUT", member, json={"role": "admin"})


def test_the_project_that_is_chosen_is_kept_and_is_in_the_address(desk: Desk, team: Team) -> None:
    page = desk.enter("grace")
    switcher = page.get_by_test_id("project-switcher")
    expect(page.get_by_test_id("job-row").first).to_be_visible()
    assert {"cells job", "roads job"} <= set(names_of_jobs(page))
    switcher.select_option("roads")
    expect(page).to_have_url(re.compile(rf"\?project={team.projects['roads']}$"))
    expect(page.get_by_text("cells job")).to_have_count(0)
    expect(page.get_by_text("roads job")).to_be_visible()
    page.get_by_role("link", name="Datasets", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/datasets\?project={team.projects['roads']}$"))
    expect(page.get_by_test_id("dataset-card")).to_have_count(1)
    page.goto(team.url)
    expect(page).to_have_url(re.compile(rf"\?project={team.projects['roads']}$"))
    expect(page.get_by_text("roads job")).to_be_visible()
    page.get_by_text("roads job").click()
    expect(page.get_by_test_id("project-name")).to_have_text("roads")
    switcher.select_option("All projects")
    expect(page.get_by_text("cells job")).to_be_visible()


def test_an_import_goes_into_the_project_that_is_chosen(desk: Desk, team: Team, drawn: Drawn, tmp_path: Any) -> None:
    page = desk.enter("grace", "/datasets/import")
    archive = drawn.write_zip(tmp_path / "crossings.zip")
    page.get_by_test_id("import-file").set_input_files(archive)
    start = page.get_by_test_id("start-import")
    expect(page.get_by_test_id("import-name")).to_have_value("crossings")
    expect(start).to_be_disabled()
    page.get_by_test_id("import-project").select_option("roads")
    start.click()
    page.get_by_test_id("open-dataset").click(timeout=30_000)
    expect(page.get_by_role("heading", name="crossings")).to_be_visible()
    expect(page.get_by_test_id("project-name")).to_have_text("roads")


def test_a_new_user_chooses_a_password_by_the_link_and_is_added_to_a_project(desk: Desk, team: Team) -> None:
    admin = desk.enter("ada", "/users")
    admin.get_by_test_id("new-user").click()
    admin.get_by_test_id("user-name").fill("noor")
    admin.get_by_test_id("user-display-name").fill("Noor Khan")
    admin.get_by_test_id("create-user").click()
    link = admin.get_by_test_id("setup-link-url").inner_text()
    expect(admin.locator('[data-testid="user"][data-name="noor"]')).to_contain_text("no password yet")

    noor = desk.page(link.removeprefix(team.url))
    expect(noor.get_by_text("At least 10 characters")).to_be_visible()
    expect(noor).not_to_have_url(re.compile("code="))
    first, again, save = (noor.get_by_test_id(i) for i in ("new-password", "new-password-again", "save-password"))
    first.fill("short")
    again.fill("short")
    expect(noor.get_by_text("This is shorter than 10 characters")).to_be_visible()
    expect(save).to_be_disabled()
    first.fill(PASSWORD)
    again.fill(PASSWORD + "x")
    expect(save).to_be_disabled()
    again.fill(PASSWORD)
    save.click()
    expect(noor.get_by_test_id("who-menu")).to_contain_text("Noor Khan")
    expect(noor.get_by_test_id("empty")).to_contain_text("No training yet")

    late = desk.page(link.removeprefix(team.url))
    late.get_by_test_id("new-password").fill(PASSWORD)
    late.get_by_test_id("new-password-again").fill(PASSWORD)
    late.get_by_test_id("save-password").click()
    expect(late.get_by_test_id("setup-fault")).to_contain_text("used already")

    admin.goto(f"{team.url}/projects/{team.projects['cells']}")
    name = admin.get_by_test_id("add-name")
    name.fill("nor")
    expect(admin.get_by_text("There is no account called nor.")).to_be_visible()
    expect(admin.get_by_test_id("add-member")).to_be_disabled()
    name.fill("noor")
    admin.get_by_test_id("add-role").select_option("Editor")
    admin.get_by_test_id("add-member").click()
    row = admin.locator('[data-testid="member"][data-name="noor"]')
    expect(row.get_by_test_id("member-run-code")).not_to_be_checked()
    row.get_by_test_id("member-run-code").click()
    expect(row.get_by_test_id("member-run-code")).to_be_checked()
    noor.goto(f"{team.url}/account")
    expect(noor.get_by_role("row", name=re.compile("cells.*Editor.*yes"))).to_be_visible()
    row.get_by_test_id("member-role").select_option("Viewer")
    expect(row.get_by_test_id("member-run-code")).not_to_be_checked()
    row.get_by_test_id("remove-member").click()
    admin.get_by_test_id("confirm").click()
    expect(row).to_have_count(0)


def test_whoever_is_disabled_is_out_at_once_and_comes_back_when_enabled(desk: Desk, team: Team) -> None:
    team.operator.post("/users", {"name": "temp", "password": PASSWORD})
    page = desk.enter("temp")
    admin = desk.enter("ada", "/users")
    row = admin.locator('[data-testid="user"][data-name="temp"]')
    row.get_by_test_id("disable-user").click()
    admin.get_by_test_id("confirm").click()
    expect(row).to_contain_text("disabled")
    page.reload()
    log_in(page, "temp")
    expect(page.get_by_test_id("login-fault")).to_have_text("Name or password is wrong.")
    row.get_by_test_id("enable-user").click()
    expect(row).not_to_contain_text("disabled")
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("who-menu")).to_be_visible()


def test_a_token_is_shown_once_works_and_can_be_revoked(desk: Desk, team: Team) -> None:
    page = desk.enter("grace", "/account/tokens")
    page.get_by_test_id("new-token").click()
    page.get_by_test_id("token-name").fill("laptop")
    expect(page.get_by_test_id("scope-read")).to_be_checked()
    page.get_by_test_id("limit-projects").check()
    page.get_by_role("checkbox", name="cells").check()
    page.get_by_test_id("create-token").click()
    secret = page.get_by_test_id("token-secret").inner_text().strip()
    row = page.locator('[data-testid="token"][data-name="laptop"]')
    expect(row).to_contain_text("cells")
    expect(row).to_contain_text(secret[:8])
    with Client(team.url, secret) as client:
        assert {job["project"] for job in client.pages("/training/jobs")} == {"cells"}
        page.reload()
        expect(row).to_be_visible()
        expect(page.get_by_text(secret)).to_have_count(0)
        row.get_by_test_id("revoke-token").click()
        page.get_by_test_id("confirm").click()
        expect(row).to_have_count(0)
        with pytest.raises(SnellenError):
            client.get("/training/jobs")


def test_who_ends_the_other_sessions_stays_and_the_others_log_in_again_where_they_were(desk: Desk, team: Team) -> None:
    other = desk.enter("vic", f"/jobs/{team.jobs['cells']}/spec")
    page = desk.enter("vic", "/account/sessions")
    mine = page.locator('[data-testid="session"][data-current="true"]')
    expect(mine).to_contain_text("this one")
    expect(mine).to_contain_text("127.0.0.1")
    page.get_by_test_id("end-others").click()
    expect(page.get_by_test_id("session")).to_have_count(1)
    tab = "logs"
    try:
        other.get_by_role("link", name="Log", exact=True).click(timeout=5000)
    except PlaywrightTimeout:  # it has heard of it by itself, where it was
        tab = "spec"
    expect(other.get_by_test_id("session-ended")).to_be_visible(timeout=20_000)
    log_in(other, "vic")
    expect(other.get_by_role("heading", name="cells job")).to_be_visible()
    expect(other).to_have_url(re.compile(rf"/jobs/{team.jobs['cells']}/{tab}$"))


def test_a_changed_password_ends_the_other_sessions(desk: Desk, team: Team) -> None:
    team.operator.post("/users", {"name": "rosa", "password": PASSWORD})
    other = desk.enter("rosa")
    page = desk.enter("rosa", "/account")
    page.get_by_test_id("current-password").fill("not the password")
    page.get_by_test_id("new-password").fill("another good one")
    page.get_by_test_id("new-password-again").fill("another good one")
    page.get_by_test_id("save-password").click()
    expect(page.get_by_test_id("password-fault")).to_contain_text("not your password")
    page.get_by_test_id("current-password").fill(PASSWORD)
    page.get_by_test_id("save-password").click()
    expect(page.get_by_test_id("password-changed")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("who-menu")).to_be_visible()
    other.reload()
    log_in(other, "rosa", "another good one")
    expect(other.get_by_test_id("who-menu")).to_be_visible()


def test_who_logs_out_is_nobody_and_the_next_one_begins_at_the_jobs(desk: Desk) -> None:
    page = desk.enter("grace", "/account")
    page.get_by_test_id("who-menu").click()
    expect(page.get_by_test_id("who")).to_contain_text("Grace Hopper")
    expect(page.get_by_role("menuitem", name="Users")).to_have_count(0)
    page.get_by_role("menuitem", name="Log out").click()
    expect(page.get_by_test_id("login-name")).to_be_visible()
    expect(page.get_by_test_id("session-ended")).to_have_count(0)
    log_in(page, "vic")
    expect(page.get_by_text("cells job")).to_be_visible()


def test_the_audit_log_tells_who_did_what_and_a_projects_admin_sees_their_own(desk: Desk, team: Team) -> None:
    page = desk.enter("ada", "/audit")
    entries = page.get_by_test_id("audit-entry")
    expect(entries.first).to_be_visible()
    page.get_by_test_id("audit-who").fill("ada")
    expect(page).to_have_url(re.compile("actor=ada"))
    page.get_by_test_id("audit-action").select_option("login")
    expect(page.locator('[data-testid="audit-entry"]:not([data-action="login"])')).to_have_count(0)
    expect(entries.first).to_contain_text("ada")
    with page.expect_download() as download:
        page.get_by_test_id("export-audit").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("at,actor,")
    assert ",ada," in text

    grace = desk.enter("grace", "/audit")
    expect(grace.get_by_test_id("audit-project").locator("option")).to_have_text(["roads"])
    expect(grace.locator('[data-testid="audit-entry"][data-action="job.create"]').first).to_be_visible()
    expect(grace.get_by_test_id("audit-entry").filter(has_text="cells")).to_have_count(0)


def test_projects_are_made_renamed_and_deleted_by_who_administers_the_server(desk: Desk, team: Team) -> None:
    page = desk.enter("ada", "/projects")
    page.get_by_test_id("new-project").click()
    page.get_by_test_id("project-name").fill("clouds")
    page.get_by_test_id("create-project").click()
    expect(page.get_by_role("heading", name="clouds")).to_be_visible()
    page.get_by_test_id("rename-project").fill("skies")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="skies")).to_be_visible()
    page.get_by_test_id("delete-project").click()
    page.get_by_test_id("confirm").click()
    expect(page).to_have_url(re.compile("/projects$"))
    expect(page.locator('[data-testid="project"][data-name="skies"]')).to_have_count(0)
    page.goto(f"{team.url}/projects/{team.projects['cells']}")
    page.get_by_test_id("delete-project").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_role("alert")).to_be_visible()
