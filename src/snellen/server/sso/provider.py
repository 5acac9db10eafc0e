"""OpenID Connect: authorization code with PKCE, as a client of one provider. No database here.

Sources: OpenID Connect Core 1.0 (3.1), RFC 7636 (PKCE), RFC 9207 (the issuer in the answer), RFC 6749 (2.3.1).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from snellen.errors import NotAuthenticated, ProviderUnavailable
from snellen.server.login_settings import LoginSettings

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 10.0
LEEWAY_SECONDS = 60
#: Signatures that need the provider's private key: not HMAC, whose key the client has too, and not `none`.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
MAX_ANSWER_BYTES = 1024 * 1024
EMAIL = re.compile(r"[^@\s]{1,200}@[^@\s]{1,100}")
#: OpenID Connect Core 1.0, section 2.
SUBJECT_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Asked:
    """What went out to the provider, and what has to come back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider named. Issuer and subject are the person; all else may change or be chosen freely."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]

    @property
    def verified_email(self) -> str | None:
        """The e-mail address, if the provider says that it is theirs."""
        email = self.claims.get("email")
        if self.claims.get("email_verified") is not True or not isinstance(email, str):
            return None
        return email.lower() if EMAIL.fullmatch(email) else None

    def text(self, *names: str) -> str | None:
        """The first of some claims that is a text."""
        found = (self.claims.get(name) for name in names)
        return next((value.strip() for value in found if isinstance(value, str) and value.strip()), None)


class Provider:
    """The provider of the settings; what it says of itself is asked for at the first login and kept."""

    def __init__(self, *, issuer: str, client_id: str, client_secret: str | None, scopes: str) -> None:
        self.issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._scopes = scopes
        self._about: dict[str, Any] | None = None
        self._keys: dict[str, Any] | None = None
        self._lock = threading.Lock()

    def ask(self, redirect_uri: str) -> Asked:
        """Where to send the browser."""
        verifier, state, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        digest = hashlib.sha256(verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": redirect_uri,
                "scope": self._scopes,
                "state": state,
                "nonce": nonce,
                "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
                "code_challenge_method": "S256",
            }
        )
        with self._http() as http:
            endpoint = self._endpoint(http, "authorization_endpoint")
        return Asked(f"{endpoint}{'&' if '?' in endpoint else '?'}{query}", state, nonce, verifier)

    def identify(self, *, code: str, verifier: str, nonce: str, redirect_uri: str) -> Identity:
        """Who logged in there, for the code that came back.

        :class:`~snellen.errors.NotAuthenticated` when the code or the ID token is not right,
        :class:`~snellen.errors.ProviderUnavailable` when the provider can't be asked.
        """
        with self._http() as http:
            tokens = self._redeem(http, code=code, verifier=verifier, redirect_uri=redirect_uri)
            claims = self._verify(http, str(tokens.get("id_token") or ""), nonce)
            access = tokens.get("access_token")
            if isinstance(access, str) and self._endpoint(http, "userinfo_endpoint", optional=True):
                told = self._user_info(http, access, claims["sub"])
                if "email" in claims:  # and is it verified? of one address only the one who names it can tell
                    told.pop("email_verified", None)
                claims = {**told, **claims}
        return Identity(claims["iss"], claims["sub"], claims)

    def check_issuer(self, said: str | None) -> None:
        """RFC 9207: an answer that another provider sent is refused before its code goes anywhere."""
        if said is not None and said.rstrip("/") != self.issuer:
            raise NotAuthenticated("the answer came from another provider than the one that was asked; log in again")

    def _redeem(self, http: httpx.Client, *, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self._client_id,
        }
        headers = {}
        if self._client_secret is not None:
            methods = (self._about or {}).get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            if "client_secret_basic" in methods:
                pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
                headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
            else:
                form["client_secret"] = self._client_secret
        status, said = self._call(
            http, "POST", self._endpoint(http, "token_endpoint"), data=form, headers=headers, allowed={400, 401}
        )
        if status == 400 and said.get("error") == "invalid_grant":
            raise NotAuthenticated("the provider's code is used up or not for us; log in again")
        if status != 200:
            raise ProviderUnavailable(
                f"the provider {self.issuer} refused this server ({str(said.get('error'))[:100]}); "
                "check SNELLEN_OIDC_CLIENT_ID, SNELLEN_OIDC_CLIENT_SECRET and the redirect URI registered there"
            )
        return said

    def _verify(self, http: httpx.Client, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that this provider signed, for this client, for this login, just now."""
        from joserfc import jws, jwt
        from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
        from joserfc.jwk import KeySet

        registry = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": (self._about or {})["issuer"]},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            try:
                found = jwt.decode(token, KeySet.import_key_set(self._signing_keys(http)), registry=registry)
            except (BadSignatureError, InvalidKeyIdError):  # keys change: once with those of now
                self._keys = None
                found = jwt.decode(token, KeySet.import_key_set(self._signing_keys(http)), registry=registry)
            claims = dict(found.claims)
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated(f"the provider's ID token is refused ({str(error)[:200]}); log in again") from error
        if not 0 < len(claims["sub"]) <= SUBJECT_CHARACTERS:
            raise NotAuthenticated("the provider's ID token is refused (its subject is no name); log in again")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._client_id:
            raise NotAuthenticated("the provider's ID token was made for another program (azp); log in again")
        return claims

    def _signing_keys(self, http: httpx.Client) -> Any:
        with self._lock:
            if self._keys is None:
                _, said = self._call(http, "GET", self._endpoint(http, "jwks_uri"))
                keys = said.get("keys")
                if not isinstance(keys, list):
                    raise ProviderUnavailable(f"the provider {self.issuer} lists no keys at its jwks_uri")
                usable = ("RSA", "EC", "OKP")
                self._keys = {
                    "keys": [
                        key
                        for key in keys
                        if isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in usable
                    ]
                }
            return self._keys

    def _user_info(self, http: httpx.Client, access_token: str, subject: str) -> dict[str, Any]:
        """More about the same person: many providers leave e-mail and groups out of the ID token."""
        url = self._endpoint(http, "userinfo_endpoint")
        _, said = self._call(http, "GET", url, headers={"authorization": f"Bearer {access_token}"})
        if said.get("sub") != subject:
            raise NotAuthenticated("the provider speaks of two people in one login; log in again")
        return said

    def _endpoint(self, http: httpx.Client, name: str, *, optional: bool = False) -> str:
        if self._about is None:
            _, about = self._call(http, "GET", f"{self.issuer}/.well-known/openid-configuration")
            if str(about.get("issuer", "")).rstrip("/") != self.issuer:
                raise ProviderUnavailable(
                    f"the provider at {self.issuer} calls itself {str(about.get('issuer'))[:200]!r}; "
                    "set SNELLEN_OIDC_ISSUER to exactly that name"
                )
            self._about = about
        found = self._about.get(name)
        if isinstance(found, str) and found.startswith(("https://", "http://")):
            return found
        if optional:
            return ""
        raise ProviderUnavailable(f"the provider {self.issuer} names no {name}")

    def _call(
        self, http: httpx.Client, method: str, url: str, *, allowed: set[int] | None = None, **kwargs: Any
    ) -> tuple[int, dict[str, Any]]:
        import httpx

        try:
            answer = http.request(method, url, **kwargs)
            said = answer.json() if len(answer.content) <= MAX_ANSWER_BYTES else None
        except httpx.HTTPError as error:
            self._about = self._keys = None
            raise ProviderUnavailable(
                f"the provider {self.issuer} does not answer ({type(error).__name__}); try again later"
            ) from error
        except ValueError:
            said = None
        if not isinstance(said, dict) or (answer.status_code != 200 and answer.status_code not in (allowed or ())):
            raise ProviderUnavailable(
                f"the provider {self.issuer} answered {answer.status_code} at {answer.request.url.path}; "
                "try again later"
            )
        return answer.status_code, said

    def _http(self) -> httpx.Client:
        import httpx

        return httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, headers={"accept": "application/json"})


def provider_of(settings: LoginSettings) -> Provider:
    """The provider that the settings name."""
    secret = settings.oidc_client_secret
    return Provider(
        issuer=settings.oidc_issuer or "",
        client_id=settings.oidc_client_id or "",
        client_secret=None if secret is None else secret.get_secret_value(),
        scopes=settings.oidc_scopes,
    )
