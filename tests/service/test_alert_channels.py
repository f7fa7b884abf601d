"""How alerts are handed over: signed, over TLS that somebody vouches for, again until taken."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured
from stagedoor.store.alerts import PROBLEM, TEST, Alert, Delivery
from stagedoor_service.application import alerting
from stagedoor_service.application.alert_text import as_json, as_mail, link, mail_server
from stagedoor_service.application.backlog import Backlog
from stagedoor_service.application.office import Office, open_office
from stagedoor_service.application.problem import Problem
from stagedoor_service.settings import load_service_settings
from stagedoor_service.work.alert_channels import look_and_tell
from support.receivers import http_receiver, mail_receiver

AT = "2026-01-31T12:00:00+00:00"
ALERT = Alert("prod", "dead_letters", 3, PROBLEM, "20 records wait.", AT, 7)
TRIED = Alert("prod", TEST, 1, TEST, "A test.")
MAIL = {"alert_emails": ["ana@example.com"]}


@contextmanager
def office(tmp_path: Path, **settings: Any) -> Iterator[Office]:
    """Give an office that has one alert to tell."""
    target = HubSpotSettings(state_dir=tmp_path, portal_url="http://127.0.0.1:9")
    with open_office(load_service_settings(settings), target) as opened:
        opened.store.alerts.add(TRIED, alerting.channels(opened))
        yield opened


def delivery(opened: Office) -> Delivery:
    (found,) = opened.store.alerts.deliveries(opened.store.alerts.list("prod"))[1]
    return found


def test_a_receiver_that_does_not_take_it_gets_it_again(tmp_path: Path) -> None:
    with http_receiver() as receiver, office(tmp_path, alert_webhook_url=receiver.url) as opened:
        receiver.statuses = [500]
        look_and_tell(opened, Backlog(opened))
        told = delivery(opened)
        assert (told.status, told.attempts, told.error) == ("waiting", 1, "it answered 500")
        opened.store.alerts.failed(1, "webhook", "again, now", 0)
        look_and_tell(opened, Backlog(opened))
        assert (delivery(opened).status, len(receiver.told)) == ("sent", 2)
        assert receiver.told[0].body == receiver.told[1].body


def test_a_redirect_leads_nowhere(tmp_path: Path) -> None:
    with http_receiver() as receiver, office(tmp_path, alert_webhook_url=receiver.url) as opened:
        receiver.statuses = [302]
        look_and_tell(opened, Backlog(opened))
        assert (delivery(opened).status, len(receiver.told)) == ("waiting", 1)


def test_without_a_channel_a_test_is_refused(tmp_path: Path) -> None:
    with office(tmp_path) as opened, pytest.raises(Problem) as raised:
        alerting.send_test(opened, "prod", by="ana")
    assert raised.value.code == "ALERTS_OFF"


def test_a_receiver_that_is_away_is_tried_later(tmp_path: Path) -> None:
    with office(tmp_path, alert_webhook_url="http://127.0.0.1:9/secret-path") as opened:
        look_and_tell(opened, Backlog(opened))
        told = delivery(opened)
        assert (told.status, told.error) == ("waiting", "ConnectError")


def let_in(login: LoginPassword) -> bool:
    return (login.login, login.password) == (b"ana", b"p@ss")


@contextmanager
def tls_server(folder: Path, **options: Any) -> Iterator[Any]:
    """Give a mail server with a certificate that only it vouches for, in `folder`/server.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def authenticated(*given: Any) -> AuthResult:
        return AuthResult(success=let_in(given[-1]), handled=False)

    with mail_receiver(
        tls_context=context, require_starttls=True, authenticator=authenticated, **options
    ) as box:
        yield box


@pytest.mark.parametrize(("trusted", "status"), [(True, "sent"), (False, "waiting")])
def test_mail_goes_only_to_a_server_that_somebody_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, status: str
) -> None:
    with tls_server(tmp_path) as box:
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        url = f"smtp+starttls://ana:p%40ss@127.0.0.1:{box.port}"
        with office(tmp_path / "state", smtp_url=url, **MAIL) as opened:
            look_and_tell(opened, Backlog(opened))
            assert (delivery(opened).status, len(box.mails)) == (status, int(trusted))


def test_a_wrong_password_is_told_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tls_server(tmp_path) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        url = f"smtp+starttls://ana:wrong@127.0.0.1:{box.port}"
        with office(tmp_path / "state", smtp_url=url, **MAIL) as opened:
            look_and_tell(opened, Backlog(opened))
            assert delivery(opened).error == "SMTPAuthenticationError"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://mail.example", "no address of a mail server"),
        ("smtp://", "no address of a mail server"),
        ("smtps://mail.example:port", "no address of a mail server"),
        ("smtp://ana:secret@mail.example", "in the clear"),
    ],
)
def test_a_wrong_address_of_a_mail_server_is_refused_without_showing_it(
    url: str, words: str
) -> None:
    with pytest.raises(Misconfigured, match=words) as raised:
        mail_server(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "port"),
    [("smtp://mail.example", 25), ("smtps://m.example", 465), ("smtp+starttls://m.example:2", 2)],
)
def test_a_mail_server_has_its_usual_port(url: str, port: int) -> None:
    assert mail_server(url).port == port


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"alert_emails": "ana@example.com"}, "STAGEDOOR_SMTP_URL is not"),
        ({"smtp_url": "smtp://localhost"}, "STAGEDOOR_ALERT_EMAILS is not"),
        ({"alert_webhook_url": "mail.example/hook"}, "does not begin with https"),
    ],
)
def test_half_a_channel_is_refused_at_the_start(settings: dict[str, object], words: str) -> None:
    with pytest.raises(Misconfigured, match=words):
        alerting.check_channels(load_service_settings(settings))


def test_an_alert_that_is_mailed_twice_has_the_same_id() -> None:
    def make() -> Any:
        return as_mail(ALERT, "Stagedoor <s@shop.example>", ("a@b.c",), None)

    assert (
        make()["Message-ID"]
        == make()["Message-ID"]
        == ("<stagedoor.prod.dead_letters.3.7@shop.example>")
    )


def test_an_alert_leads_to_the_page_that_shows_it() -> None:
    assert link(ALERT, "https://sync.example/") == "https://sync.example/problems"
    assert (
        "https://sync.example/problems"
        in as_mail(ALERT, "s@b.c", ("a@b.c",), "https://sync.example").get_content()
    )
    assert b'"url": null' in as_json(ALERT, None)
