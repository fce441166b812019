"""Other accounts that sign in here: any OpenID Connect provider, and GitHub.

allauth finds `provider_classes` under this module's name. What is stricter than there: the id_token is checked with
the provider's keys, nonce included; an address counts as verified only where the provider says just that; of what it
tells about a person, name and address are kept; and an answer of any other shape is one kind of failure, OAuth2Error.
"""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from requests import RequestException

from accounts.links import absolute

SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CLOCKS_DIFFER = 60  # seconds
FAILURES = (OAuth2Error, RequestException)


@contextmanager
def reading_answers() -> Iterator[None]:
    """Whatever a provider answers in place of what it should: it ends as one of FAILURES."""
    import jwt  # brings cryptography along: 20 MB, of which no worker should know

    try:
        yield
    except FAILURES:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ImproperlyConfigured, jwt.PyJWTError) as error:
        raise OAuth2Error(f"An answer makes no sense: {error!r}") from error


class Guarded:
    """What both adapters share: addresses by SITE_URL, and answers that are read with care."""

    callback: str

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return absolute(reverse(self.callback))

    def get_client(self, request: HttpRequest, app: SocialApp) -> OAuth2Client:
        with reading_answers():
            return super().get_client(request, app)  # type: ignore[misc]

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        with reading_answers():
            data = dict(super().get_access_token_data(*args, **kwargs))  # type: ignore[misc]
            if not isinstance(data["access_token"], str):
                raise TypeError(data["access_token"])
            return data

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        with reading_answers():
            return super().parse_token(data)  # type: ignore[misc]

    def complete_login(self, *args: Any, **kwargs: Any) -> SocialLogin:
        with reading_answers():
            return super().complete_login(*args, **kwargs)  # type: ignore[misc]


class Frugal:
    """What both providers share: an id of plain characters, and no more kept of a person than the pages show."""

    def extract_uid(self, data: dict[str, Any]) -> str:
        uid: str = super().extract_uid(data)  # type: ignore[misc]
        if not uid.isprintable():
            raise ValueError(uid)
        return uid

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        told = self.extract_common_fields(data)  # type: ignore[attr-defined]
        emails = [told.get("email"), *(address.email for address in self.extract_email_addresses(data))]  # type: ignore[attr-defined]
        told["email"] = next(filter(None, emails), "")
        return {name: _plain(told.get(name)) for name in ("name", "username", "email")}


def _plain(text: object) -> str:
    """One line that can be stored and shown."""
    return "".join(letter for letter in text if letter.isprintable())[:100].strip() if isinstance(text, str) else ""


# ------------------------------------------------------------ OpenID Connect


class OpenIDConnectAdapter(Guarded, OpenIDConnectOAuth2Adapter):
    callback = "accounts:oidc_callback"
    nonce = ""

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """What the issuer says about itself, which has to be that issuer, and lead nowhere less safe."""
        config: dict[str, Any] = super().openid_config
        issuer = self.get_provider().app.provider_id
        if config["issuer"].rstrip("/") != issuer:
            raise OAuth2Error(f"The issuer calls itself {config['issuer']}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            if name in config and urlsplit(config[name]).scheme != urlsplit(issuer).scheme:
                raise OAuth2Error(f"{name} is {config[name]}")
        return config

    @property
    def basic_auth(self) -> bool:
        # Where nothing is said, the standard says this.
        methods = self.openid_config.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_post" not in methods

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: OAuth2Client, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        self.nonce = nonce_of(pkce_code_verifier or "")
        return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        with reading_answers():
            claims = self._claims(kwargs["response"]["id_token"], app)
            # Address and word about it have to come from one place.
            if "email" not in claims and "userinfo_endpoint" in self.openid_config:
                told = self._fetch_user_info(token.token)
                if told["sub"] != claims["sub"]:
                    raise OAuth2Error("The userinfo endpoint tells of somebody else")
                claims = told
            return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _claims(self, id_token: str, app: SocialApp) -> dict[str, Any]:
        """What the id_token says, when everything about it is right."""
        import jwt

        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        kid = jwt.get_unverified_header(id_token).get("kid")
        (key,) = [key for key in keys if key.key_id == kid or (kid is None and len(keys) == 1)]
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key,
            algorithms=SIGNATURES,
            audience=app.client_id,
            issuer=self.openid_config["issuer"],
            leeway=CLOCKS_DIFFER,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
        )
        if not hmac.compare_digest(claims["nonce"], self.nonce):
            raise OAuth2Error("The id_token was made for another sign-in")
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The id_token was made for another program")
        return claims


class OpenIDConnect(Frugal, OpenIDConnectProvider):
    oauth2_adapter_class = OpenIDConnectAdapter

    @property
    def server_url(self) -> str:
        return f"{self.app.provider_id}/.well-known/openid-configuration"

    def get_pkce_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_pkce_params()
        return params | {"nonce": nonce_of(params["code_verifier"])}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        addresses: list[EmailAddress] = super().extract_email_addresses(data)
        for address in addresses:
            # Some write it as a word, and "false" is a word too.
            said = data["id_token"].get("email_verified")
            address.verified = said is True or said == "true"
        return addresses


def nonce_of(code_verifier: str) -> str:
    """Bound to the browser like the verifier, which stays here in the session; nothing more has to be kept."""
    return hashlib.sha256(f"nonce {code_verifier}".encode()).hexdigest()


# -------------------------------------------------------------------- GitHub


class GitHubAdapter(Guarded, GitHubOAuth2Adapter):
    callback = "accounts:github_callback"


class GitHub(Frugal, GitHubProvider):
    oauth2_adapter_class = GitHubAdapter

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        addresses: list[EmailAddress] = super().extract_email_addresses(data)
        return [address for address in addresses if address.verified is True]


provider_classes = [OpenIDConnect, GitHub]
