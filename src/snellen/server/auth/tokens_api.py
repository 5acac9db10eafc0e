"""Tokens over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from snellen.server.auth import audit, tokens
from snellen.server.auth.access import signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.auth.users_schemas import TokenCreate, TokenCreated, TokenList
from snellen.server.state import AppState

router = APIRouter(tags=["auth"])


@router.get("/auth/tokens", dependencies=[signed_in])
def index(
    person: CurrentPerson,
    state: AppState,
    project_id: Annotated[int | None, Query(ge=1, description="those limited to it, for its administrators")] = None,
    everybody: Annotated[bool, Query(description="also others', for administrators of the server")] = False,
) -> TokenList:
    """One's own tokens, without what opens anything."""
    if everybody:
        person.check_administers("everybody's tokens")
    if project_id is not None:
        person.check(Permission.ADMIN, project_id, f"the tokens of project {project_id}")
    with state.database.read() as session:
        if project_id is not None:
            return TokenList(items=tokens.tokens_of_project(session, project_id))
        return TokenList(items=tokens.all_tokens(session) if everybody else tokens.tokens_of(session, person))


@router.post("/auth/tokens", status_code=201, dependencies=[signed_in])
def create(body: TokenCreate, person: CurrentPerson, state: AppState) -> TokenCreated:
    """A new token, shown this once."""
    settings = state.settings
    with state.database.write() as session:
        row, token = tokens.create_token(
            session, person, body=body, days=settings.token_days, most_days=settings.token_max_days
        )
        audit.record(
            session, person, "token.create", target=f"token {row.prefix}", name=row.name, scopes=row.scopes,
            projects=row.project_ids,
        )  # fmt: skip
        owner = None if person.id is None else person.name
        return TokenCreated(**tokens.token_out(row, owner).model_dump(), token=token)


@router.delete("/auth/tokens/{token_id}", status_code=204, dependencies=[signed_in])
def revoke(token_id: int, person: CurrentPerson, state: AppState) -> None:
    """End a token at once, and the sessions that it opened."""
    with state.database.write() as session:
        gone = tokens.revoke(session, person, token_id)
        audit.record(session, person, "token.revoke", target=f"token {gone.prefix}", name=gone.name, owner=gone.owner)
    state.parts["people"].clear()
