"""The keys that tokens are encrypted with: from the environment, the keyring, or a file."""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from stagedoor.errors import Misconfigured
from stagedoor.state.lease import private_folder

VARIABLE = "STAGEDOOR_KEY"
FILE_NAME = "key"
KEYRING = ("stagedoor", "key")
"""Service and user name under which a keyring keeps the keys."""


def load_cipher(root: Path) -> MultiFernet:
    """Return what encrypts with the first key, and decrypts with any.

    Several keys stand with commas between them: put a new one first, and take the old one away
    when every connection has been renewed.

    Raises:
        Misconfigured: A key is none.
    """
    variable = os.environ.get(VARIABLE, "").strip()
    if variable:
        return cipher_of(variable, f"the environment variable {VARIABLE}")
    kept = _from_keyring()
    if kept:
        return cipher_of(kept, "the keyring")
    path = private_folder(root) / FILE_NAME
    return cipher_of(_from_file(path), f"the file {path}")


def cipher_of(keys: str, where: str) -> MultiFernet:
    """Return the cipher of keys with commas between them.

    Raises:
        Misconfigured: A key is none, naming `where` it stands.
    """
    try:
        return MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])
    except ValueError:
        raise Misconfigured(
            f"The key in {where} is none: it must be 32 random bytes in URL-safe base64, as "
            "`openssl rand -base64 32 | tr +/ -_` makes them."
        ) from None


def _from_keyring() -> str | None:
    """Return what the system's keyring keeps for us, if there is one and it does."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        kept = keyring.get_password(*KEYRING)
    except keyring.errors.KeyringError:  # none is configured, or it is locked
        return None
    return str(kept) if kept else None


def _from_file(path: Path) -> str:
    """Return the keys in a file; it is made, for its owner only, when it is absent."""
    if not path.exists():
        descriptor, name = tempfile.mkstemp(prefix=f"{FILE_NAME}.", dir=path.parent)
        draft = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # another process was faster: its key counts
        finally:
            draft.unlink()
    return path.read_text("ascii")
