"""Settings of the service, beside those of `target-hubspot`, which it follows too."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from stagedoor.config import checked

SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
    "tickets",
)
"""What the shipped mapping needs of HubSpot."""


def _words(value: object) -> object:
    """Return a list from words with spaces or commas between them, as settings write lists."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


class ServiceSettings(BaseSettings):
    """Settings of the service, from variables with the prefix `STAGEDOOR_` or a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix="STAGEDOOR_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65_535, description="Port to listen on; 0 picks a free one.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#]+(/[^?#]*)?$",
        description="Address by which HubSpot, the platform and browsers reach the service, where "
        "a proxy stands before it; signatures of webhooks are checked by it.",
    )
    web_workers: int = Field(1, ge=1, le=64, description="Processes that answer calls.")
    portals: Words = Field(
        (), description="Further portals beside the default one, with spaces between them."
    )
    hubspot_redirect_uri: str | None = Field(
        None,
        validation_alias=AliasChoices("STAGEDOOR_HUBSPOT_REDIRECT_URI", "HUBSPOT_REDIRECT_URI"),
        description="Where HubSpot's consent page leads back to; without it, the callback below "
        "`public_url`.",
    )
    hubspot_scopes: Words = Field(
        SCOPES,
        validation_alias=AliasChoices("STAGEDOOR_HUBSPOT_SCOPES", "HUBSPOT_SCOPES"),
        description="Scopes to ask for.",
    )
    hubspot_optional_scopes: Words = Field(
        (), description="Scopes to ask for that an account may not have."
    )
    hubspot_app_id: int | None = Field(
        None, description="Number of the HubSpot app, for `stagedoor webhooks subscribe`."
    )
    hubspot_developer_key: SecretStr | None = Field(
        None, description="Developer API key of the account that owns the app, likewise."
    )
    authorize_url: str | None = Field(
        None, description="HubSpot's consent page, where it is another than the usual one."
    )
    return_origins: Words = Field(
        (), description="Origins that a person may be led to after connecting, beside paths here."
    )
    older_signatures: Words = Field(
        (), description="Versions of signatures that count without the third: `v1`, `v2`."
    )
    platform_secret: SecretStr | None = Field(
        None, description="Secret that the platform signs its events with."
    )
    hints_secret: SecretStr | None = Field(
        None,
        min_length=16,
        description="Secret last part of the address that the platform source's webhooks call, "
        "such as pretix's: `/api/webhooks/source/SECRET`.",
    )
    hints_user: str = Field("stagedoor", description="User that they call with, by basic auth.")
    hints_password: SecretStr | None = Field(None, description="Its password.")
    max_body_bytes: int = Field(
        2_000_000, ge=1_000, description="Largest body that is read, in bytes."
    )
    body_seconds: float = Field(10.0, gt=0, description="Longest time that a body may take.")
    schedule: str | None = Field(
        None,
        description="When each portal is synchronised: a cron line such as `*/30 * * * *` (UTC), "
        "or a number of seconds. Without it, by Meltano's schedule or on demand.",
    )
    alert_webhook_url: SecretStr | None = Field(
        None, description="Address that alerts are sent to, as JSON."
    )
    alert_webhook_secret: SecretStr | None = Field(
        None, description="Secret that they are signed with, by `X-Stagedoor-Signature`."
    )
    alert_emails: Words = Field((), description="Addresses that alerts are mailed to.")
    alert_sender: str | None = Field(
        None, description="Address that they come from; without it, the first of `alert_emails`."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Server that takes mail, such as `smtp+starttls://user:password@mail.example`; "
        "`smtps://` for TLS from the start, `smtp://` without.",
    )
    alert_failed_runs: int = Field(
        1, ge=1, le=20, description="Runs that fail one after another until an alert."
    )
    alert_dead_letters: int = Field(20, ge=1, description="Open dead letters until an alert.")
    alert_backlog_minutes: float = Field(
        10.0, gt=0, description="Minutes that an event or a run waits until an alert."
    )
    grace_seconds: float = Field(
        25.0, ge=0, description="Time for runs to end at shutdown before they are handed back."
    )
    keep_runs_days: int = Field(90, ge=1, description="Days that finished runs are kept.")
    keep_closed_days: int = Field(
        365, ge=1, description="Days that closed dead letters, conflicts and decisions are kept."
    )
    keep_events_days: int = Field(7, ge=1, description="Days that webhooks are kept once done.")
    keep_log_days: int = Field(14, ge=1, description="Days that the log is kept.")
    demo: bool = Field(
        default=False,
        description="Whether HubSpot is a sandbox, which lets the service in without a "
        "connection; `serve` sets it where it starts one.",
    )
    log_format: Literal["json", "text"] = Field("json", description="How lines are logged.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )


def load_service_settings(values: dict[str, object] | None = None) -> ServiceSettings:
    """Return the settings from `values` over the environment.

    Raises:
        Misconfigured: Naming each wrong setting and what it should be.
    """
    return checked(ServiceSettings, "the service", values or {})
