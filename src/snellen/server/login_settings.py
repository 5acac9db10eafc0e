"""The settings of logging in: who is believed, sessions, and single sign-on with an OpenID provider."""

from __future__ import annotations

from ipaddress import ip_network
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from snellen.errors import StartRefused

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
SERVER_ADMIN = "admin"
ROLES = ("viewer", "editor", "admin")


class LoginSettings(BaseSettings):
    """A part of :class:`~snellen.server.settings.Settings`."""

    trusted_proxies: list[str] = Field(
        [],
        description="Addresses or networks of the proxies in front of the server, as JSON: "
        '`["127.0.0.1", "10.0.0.0/8"]`. Only they are believed who asks (`X-Forwarded-For`) and by which scheme.',
    )
    session_hours: float = Field(720.0, gt=0, description="Who logged in with a browser logs in again after so long.")
    session_idle_hours: float = Field(
        168.0, gt=0, description="A browser's session that nobody used for so long has ended."
    )
    oidc_issuer: str | None = Field(
        None,
        description="Single sign-on: the issuer's URL of an OpenID provider, as it calls itself; with `auth=users`. "
        "Register `PUBLIC_URL/api/v1/auth/oidc/callback` there as the redirect URI.",
    )
    oidc_client_id: str | None = Field(None, description="What the provider calls this server.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="The secret that the provider gave; none for a public client (PKCE is used anyway)."
    )
    oidc_scopes: str = Field("openid email profile", description="What the provider is asked for.")
    oidc_name: str = Field("Single sign-on", max_length=60, description="What the login page calls it.")
    oidc_create_users: bool = Field(
        False,
        description="Whether who comes from the provider for the first time gets an account; otherwise an "
        "administrator makes it before, with the e-mail address that the provider knows.",
    )
    oidc_email_domains: list[str] = Field(
        [],
        description="Only who has a verified e-mail address in one of these domains comes in through the provider, as "
        'JSON: `["example.org"]`; empty allows all.',
    )
    oidc_roles_claim: str | None = Field(
        None, description="The claim (a text, or a list of texts) that says what somebody is at the provider: `groups`."
    )
    oidc_roles: dict[str, str] = Field(
        {},
        description="What a value of that claim makes of somebody, as JSON: `PROJECT:ROLE`, `PROJECT:ROLE:run_code` "
        'or `admin`, an administrator of the server: `{"vision-team": "default:editor"}`. Set anew at every login.',
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: list[str]) -> list[str]:
        for one in value:
            ip_network(one)  # its message says what is wrong
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES)
        if not encrypted or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("expected a URL that begins with https://, without query and fragment")
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _has_openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("expected `openid` among the scopes")
        return value

    @field_validator("oidc_email_domains")
    @classmethod
    def _are_domains(cls, value: list[str]) -> list[str]:
        return [domain.strip().lower().removeprefix("@") for domain in value]

    @field_validator("oidc_roles")
    @classmethod
    def _are_roles(cls, value: dict[str, str]) -> dict[str, str]:
        for given, role in value.items():
            project, _, rest = role.partition(":")
            name, _, extra = rest.partition(":")
            right = role == SERVER_ADMIN or (project and name in ROLES and extra in {"", "run_code"})
            if not right or (name == "viewer" and extra):
                raise ValueError(f"{given}: expected PROJECT:ROLE, PROJECT:ROLE:run_code (not for viewers) or admin")
        return value


def check_login(settings: LoginSettings, *, mode: str, public_url: str | None, host: str) -> None:
    """:class:`StartRefused` for a single sign-on that can't work."""
    if settings.oidc_issuer is None:
        return
    wrong = []
    if settings.oidc_client_id is None:
        wrong.append("oidc_client_id: got none; set SNELLEN_OIDC_CLIENT_ID to what the provider calls this server")
    if mode != "users":
        wrong.append(f"auth: got {mode!r}; an OpenID provider names people, so set SNELLEN_AUTH=users")
    if public_url is None and host not in LOOPBACK_NAMES:
        wrong.append("public_url: got none; set SNELLEN_PUBLIC_URL: the provider sends browsers back there")
    if settings.oidc_roles and settings.oidc_roles_claim is None:
        wrong.append("oidc_roles_claim: got none; set SNELLEN_OIDC_ROLES_CLAIM to the claim that holds the groups")
    if wrong:
        raise StartRefused("the settings of the single sign-on are wrong:\n  " + "\n  ".join(wrong))
