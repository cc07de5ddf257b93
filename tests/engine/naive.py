"""The versioning rules once more, as a copy of every item for every version: slow, obvious, and no code shared."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field


@dataclass
class Copy:
    """One item as it stands in one version."""

    text: str
    origin: str
    tester: str | None = None
    approver: str | None = None
    approved_in: int | None = None


@dataclass
class Version:
    """One version with all its items."""

    status: str
    parent: int | None
    items: dict[str, Copy]


@dataclass
class Naive:
    """All versions of a phase; `rework` is what the phase demands of rejected items."""

    rework: bool
    versions: list[Version] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)

    @property
    def open(self) -> Version | None:
        """The draft or submitted version."""
        return next((v for v in self.versions if v.status in ("draft", "submitted")), None)

    @property
    def draft(self) -> Version | None:
        """The draft."""
        return self.open if self.open and self.open.status == "draft" else None

    @property
    def submitted(self) -> Version | None:
        """The submitted version."""
        return self.open if self.open and self.open.status == "submitted" else None

    def cut(self, parent: int | None) -> None:
        """Copy the parent, without what was rejected in it."""
        if parent is None and self.versions:
            standing = [n for n, v in enumerate(self.versions, 1) if v.status != "withdrawn"]
            parent = standing[-1] if standing else len(self.versions)
        items = deepcopy(self.versions[parent - 1].items) if parent else {}
        for key, copy in list(items.items()):
            refused = copy.approver == "reject" or (copy.approver is not None and copy.tester == "reject")
            if refused and self.rework:
                copy.tester = copy.approver = copy.approved_in = None
            elif refused:
                del items[key]
        self.versions.append(Version("draft", parent, items))

    def put(self, key: str, text: str, origin: str, by_person: bool) -> None:
        """Add or change an item of the draft; the same content again is no change."""
        assert self.draft
        before = self.draft.items.get(key)
        if before is None or before.text != text:
            origin = self.origins.setdefault(key, origin)
            self.draft.items[key] = Copy(text, origin, "approve" if by_person else None)

    def decide(self, key: str, verdict: str) -> None:
        """The word of the side whose turn it is."""
        assert self.open
        copy = self.open.items[key]
        if self.open.status == "draft":
            copy.tester = verdict
        else:
            copy.approver, copy.approved_in = verdict, len(self.versions)

    def may_move(self, status: str) -> bool:
        """Whether the open version may take that status as it is."""
        assert self.open
        items = self.open.items.values()
        if status == "withdrawn":
            return not any(c.approved_in == len(self.versions) for c in items)
        if status == "submitted":
            return self.draft is not None and all(c.tester for c in items) and bool(items or self.open.parent)
        return self.submitted is not None and (status == "rejected" or self.may_approve())

    def may_approve(self) -> bool:
        """Whether every item is decided, and none rejected where that means rework."""
        assert self.submitted
        items = self.submitted.items.values()
        return all(c.approver for c in items) and not (self.rework and any(c.approver == "reject" for c in items))

    def move(self, status: str) -> None:
        """Move the open version."""
        assert self.open
        opened = self.open
        if status == "approved":
            for version in self.versions:
                version.status = "superseded" if version.status == "approved" else version.status
        opened.status = status

    def told(self) -> dict[tuple[int, str], Copy]:
        """Every item of every version."""
        return {(n, key): copy for n, v in enumerate(self.versions, 1) for key, copy in v.items.items()}

    def effective(self) -> set[str]:
        """What counts now."""
        return {
            key for v in self.versions if v.status == "approved"
            for key, copy in v.items.items() if copy.tester == copy.approver == "approve"
        }
