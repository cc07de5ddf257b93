"""The root of the command line: its nouns, and the one place where an error becomes a line and an exit code.

The modules of the nouns are imported when they are used, so help is quick.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from cli.output import report_error, say
from models.errors import AssayError, BadInput

_HELP = """Run the testing of a regulatory report: who decided what, on which evidence, approved by whom.

Who acts is named by --as PERSON or ASSAY_ACTOR and is not authenticated: whoever can run this command can act as
anybody.

Exit codes: 0 done, 1 unexpected, 2 usage or unusable input, 3 not found, 4 conflict or stale, 5 refused by policy,
6 verification failed, 7 dependency down, 8 unknown (running the same command again is safe).
"""
NOUNS = {
    "cycle": "Start a test cycle, see where it stands, hold or cancel it.",
    "inbox": "What waits for a person, and the command that does it.",
    "version": "Versions of a phase: open, show, submit, approve, reject, withdraw; compare.",
    "item": "Items: decide, add, edit, remove, request; find one, show it and its lineage.",
    "owner": "Data owners: assign, reassign, dispute, waive, retry.",
    "case": "Test cases: list, show, waive; more time for them; the sheet to fill in.",
    "evidence": "Evidence: upload, accept, return.",
    "execution": "Executed tests: list, review, rerun.",
    "observation": "Observations of a data owner: list, edit.",
    "sampling": "Sample sizes, what a sample proves, why records were drawn, and drawing them again.",
    "profile": "What the report data looks like: values, patterns, outliers; its quality score.",
    "report": "The final report: its files, and signing it.",
    "audit": "Prove that nothing was changed: verify, heads, export; the log of events.",
    "metrics": "How the testing went: versions, approvals, rework, turnaround, waiting.",
    "people": "Who is in a cycle; hand a role over.",
    "worker": "Check that everything a cycle needs is up.",
}


def build() -> App:
    """The command line with all its nouns."""
    app = App(name="starter.py", help=_HELP, help_epilogue="Example: python starter.py cycle list", version_flags=())
    app.command("cli.demo.app:app", name="demo", help="Run a ready test cycle from planning to signed report.")
    app.command("cli.up:app", name="up", help="Run the embedded stack until Ctrl-C.")
    for noun, told in NOUNS.items():
        app.command(f"cli.{noun}:app", name=noun, help=told)
    return app


def main(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code."""
    as_json = _wants_json(arguments)
    try:
        code = build()(list(arguments), exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        usage = BadInput(" ".join(str(error).split()), hint=f"starter.py {_noun(arguments)}--help")
        report_error(usage, as_json=as_json)
        return usage.exit_code
    except AssayError as error:
        report_error(error, as_json=as_json)
        return error.exit_code
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("interrupted")
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough; the flush at exit must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("ASSAY_DEBUG"):
            traceback.print_exc()
        report_error(_unexpected(error), as_json=as_json)
        return AssayError.exit_code
    return code if isinstance(code, int) else 0


def _unexpected(error: Exception) -> AssayError:
    return AssayError(f"{type(error).__name__}: {error}", hint="set ASSAY_DEBUG=1 to see where, and report it")


def _noun(arguments: Sequence[str]) -> str:
    words = [word for word in arguments[:2] if not word.startswith("-")]
    return "".join(f"{word} " for word in (words if words[:1] and words[0] in NOUNS else []))


def _wants_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any((one in ("--output", "-o") and two == "json") or one in ("--output=json", "-o=json", "-ojson")
               for one, two in pairs)
