"""What is put on record of a signal that nobody can judge: who it claims to be from, why, and the hash of what came."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from models.messages import MAX_NAME, Context, UnfitSignal, Verb

_LONGEST = 300


def described(verb: Verb, given: tuple[Any, ...], why: str, context: Context) -> UnfitSignal:
    """The record of what was sent as `verb`. Its SHA-256 is that of the arguments as sorted, compact JSON."""
    text = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str).encode()
    claimed = given[0] if len(given) == 1 and isinstance(given[0], dict) else {}
    return UnfitSignal(
        verb=verb,
        sha256=sha256(text).hexdigest(),
        bytes=len(text),
        why=_told(why, _LONGEST),
        actor=_told(claimed.get("actor"), MAX_NAME),
        command_id=_told(claimed.get("command_id"), MAX_NAME),
        context=context,
    )


def _told(value: Any, longest: int) -> str:
    """Text that any database holds and that fits into a record; '' for what is no text."""
    if not isinstance(value, str):
        return ""
    return value[:longest].replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
