"""The versioning rules once more, as a copy of every item for every version: slow, obvious, and no code shared."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody does to a phase; `parent` None means the default, `adopt` what stands for an adopted rejection."""

    verb: str
    by: str
    keys: tuple[str, ...] = ()
    text: str = "as drawn"
    origin: str = "tester"
    parent: int | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)
    adopt: bool = False
    reason: str = "because"


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw who sends a command: the version and whether it was a draft; `moved`: it has changed since."""

    number: int
    draft: bool
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One side's word on an item, and the version in which it was said."""

    verdict: str
    reason: str
    by: str
    version: int

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        return f"{self.verdict}{reason} by {self.by} in v{self.version}"


@dataclass(frozen=True, slots=True)
class Copy:
    """One item as it stands in one version."""

    text: str
    origin: str
    written_in: int
    written_by: str
    tester: Said | None = None
    approver: Said | None = None

    @property
    def refused(self) -> bool:
        """Decided, and not kept by both sides."""
        return self.approver is not None and "reject" in (self.approver.verdict, self.tester and self.tester.verdict)


@dataclass(slots=True)
class Version:
    """One version with all its items."""

    parent: int | None
    created_by: str
    items: dict[str, Copy]
    status: str = "draft"
    submitted_by: str | None = None
    decided_by: str | None = None
    reason: str = ""
    content_hash: str | None = None
    manifest_hash: str | None = None


@dataclass(slots=True)
class Naive:
    """All versions of a phase.

    `rework`: a rejected item stops the approval; `never_empty`: through the judge, approving leaves something;
    `content` is the canonical text and `named` the natural key of an item.
    """

    rework: bool
    never_empty: bool
    content: Callable[[str, str], str]
    named: Callable[[str], str]
    keeps: tuple[str, ...] = ("approve",)
    versions: list[Version] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)

    def again(self) -> Naive:
        """The same once more, to try something on."""
        return replace(
            self, versions=[replace(v, items=dict(v.items)) for v in self.versions], origins=dict(self.origins)
        )

    @property
    def open(self) -> Version | None:
        """The draft or submitted version, always the last."""
        last = self.versions[-1] if self.versions else None
        return last if last and last.status in ("draft", "submitted") else None

    @property
    def draft(self) -> Version | None:
        """The draft."""
        return self.open if self.open and self.open.status == "draft" else None

    @property
    def submitted(self) -> Version | None:
        """The submitted version."""
        return self.open if self.open and self.open.status == "submitted" else None

    @property
    def approved(self) -> int | None:
        """The number of the approved version."""
        return next((n for n, v in enumerate(self.versions, 1) if v.status == "approved"), None)

    def judge(self, step: Step, seen: Seen) -> bool:
        """Whether the judge takes a step from somebody who saw this; it is taken then."""
        if step.verb != "open":
            if self.open is None or seen.number != len(self.versions) or seen.draft != (self.draft is not None):
                return False
            if self.draft and seen.moved:
                return False
        tried = self.again()
        if not tried.take(step) or (step.verb == "approve" and self.never_empty and not tried.effective()):
            return False
        return self.take(step)

    def take(self, step: Step) -> bool:
        """Whether a step is allowed; it is taken then, and nothing changes otherwise."""
        taken: bool = getattr(self, f"_{step.verb}")(step)
        return taken

    def _open(self, step: Step) -> bool:
        if self.open or (step.parent or 0) > len(self.versions):
            return False
        parent = step.parent
        if parent is None and self.versions:
            standing = [n for n, v in enumerate(self.versions, 1) if v.status != "withdrawn"]
            parent = standing[-1] if standing else len(self.versions)
        items = dict(self.versions[parent - 1].items) if parent else {}
        for key, copy in list(items.items()):
            if copy.refused and self.rework:
                items[key] = replace(copy, tester=None, approver=None)
            elif copy.refused:
                del items[key]
        self.versions.append(Version(parent, step.by, items))
        return True

    def _add(self, step: Step) -> bool:
        if not self.draft or set(step.keys) & set(self.draft.items):
            return False
        for key in step.keys:
            self._write(key, step)
        return True

    def _edit(self, step: Step) -> bool:
        if not self.draft or not set(step.keys) <= set(self.draft.items):
            return False
        for key in step.keys:
            if self.draft.items[key].text != step.text:
                self._write(key, step)
        return True

    def _write(self, key: str, step: Step) -> None:
        assert self.draft
        number = len(self.versions)
        said = None if step.by == SYSTEM else Said("approve", "", step.by, number)
        origin = self.origins.setdefault(key, step.origin)
        self.draft.items[key] = Copy(step.text, origin, number, step.by, said)

    def _remove(self, step: Step) -> bool:
        if not self.draft or not set(step.keys) <= set(self.draft.items):
            return False
        for key in step.keys:
            del self.draft.items[key]
        return True

    def _decide(self, step: Step) -> bool:
        if not self.open or not set(step.verdicts) <= set(self.open.items):
            return False
        if self.draft and self.rework and not set(step.verdicts.values()) <= {"approve"}:
            return False
        for key, verdict in step.verdicts.items():
            said = Said(verdict, "" if verdict == "approve" else step.reason, step.by, len(self.versions))
            copy = self.open.items[key]
            self.open.items[key] = replace(copy, tester=said) if self.draft else replace(copy, approver=said)
        return True

    def _submit(self, step: Step) -> bool:
        if not self.draft or not all(c.tester for c in self.draft.items.values()):
            return False
        if not self.draft.items and self.draft.parent is None:
            return False
        self.draft.content_hash = self._hash(self.draft, ("tester",))
        self.draft.submitted_by = step.by
        self.draft.status = "submitted"
        return True

    def _withdraw(self, step: Step) -> bool:
        if not self.open or self.open.submitted_by not in (None, step.by):
            return False
        if any(c.approver and c.approver.version == len(self.versions) for c in self.open.items.values()):
            return False
        self._close("withdrawn", step)
        return True

    def _reject(self, step: Step) -> bool:
        if not self.submitted:
            return False
        self._close("rejected", step)
        return True

    def _approve(self, step: Step) -> bool:
        if not self.submitted:
            return False
        items = dict(self.submitted.items)
        for key, copy in items.items():
            if step.adopt and copy.approver is None and copy.tester:
                reason = "" if copy.tester.verdict == "approve" else step.reason
                said = Said(copy.tester.verdict, reason, step.by, len(self.versions))
                items[key] = replace(copy, approver=said)
        verdicts = {copy.approver and copy.approver.verdict for copy in items.values()}
        if None in verdicts or (self.rework and "reject" in verdicts):
            return False
        for version in self.versions:
            version.status = "superseded" if version.status == "approved" else version.status
        self.versions[-1].items = items
        self.versions[-1].manifest_hash = self._hash(self.versions[-1], ("tester", "approver"))
        self._close("approved", replace(step, reason=""))
        return True

    def _close(self, status: str, step: Step) -> None:
        version = self.versions[-1]
        version.status, version.decided_by, version.reason = status, step.by, step.reason

    def _hash(self, version: Version, sides: tuple[str, ...]) -> str:
        lines = []
        for key, copy in sorted(version.items.items()):
            line: list[str | None] = [self.named(key), sha256(self.content(key, copy.text).encode()).hexdigest()]
            for said in (getattr(copy, side) for side in sides):
                line += (said.verdict, said.by, said.reason) if said else (None, None, None)
            lines.append(json.dumps(line, ensure_ascii=False))
        return sha256("\n".join(lines).encode()).hexdigest()

    def effective(self) -> set[str]:
        """What counts now."""
        return {
            key for v in self.versions if v.status == "approved" for key, copy in v.items.items()
            if copy.tester and copy.approver
            and copy.tester.verdict == "approve" and copy.approver.verdict in self.keeps
        }
