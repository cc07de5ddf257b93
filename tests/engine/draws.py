"""What somebody could do to a phase next, drawn at random; whether it is allowed only the naive model knows."""

from __future__ import annotations

from random import Random

from models.items import Origin
from tests.engine.naive import SYSTEM, Naive, Step

KEYS = "ABCD"
APPROVERS = ("olga", "omar")


class Draws:
    """Draws steps from what the naive model knows."""

    chance: Random
    naive: Naive

    def writer(self) -> str:
        """Mostly a person."""
        return self.chance.choice(("tina", "tina", "theo", SYSTEM))

    def origin(self) -> str:
        """Any."""
        return self.chance.choice(tuple(Origin)).value

    def change(self) -> Step:
        """Add, edit or remove; sometimes what is there already, or is not."""
        present = sorted(self.naive.open.items) if self.naive.open else []
        absent = [key for key in KEYS if key not in present]
        verb = self.chance.choice(("add", "edit", "edit", "remove"))
        there, other = (absent, present) if verb == "add" else (present, absent)
        keys = other if not there or (other and self.chance.random() < 0.05) else there
        keys = self.chance.sample(keys, self.chance.randint(1, min(2, len(keys))))
        text = self.chance.choice(("as drawn", "changed", "changed \N{GREEK SMALL LETTER ALPHA}\""))
        return Step(verb=verb, by=self.writer(), keys=tuple(keys), text=text, origin=self.origin())

    def way_back(self) -> Step | None:
        """Undo one difference between the draft and its parent: add back, edit back or remove again."""
        draft = self.naive.draft
        before = self.naive.versions[draft.parent - 1].items if draft and draft.parent else {}
        now = draft.items if draft else {}
        differing = [key for key in KEYS if (before.get(key) or now.get(key)) and
                     (before[key].text if key in before else None) != (now[key].text if key in now else None)]
        if not differing:
            return None
        key = self.chance.choice(differing)
        verb = "remove" if key not in before else "edit" if key in now else "add"
        return Step(verb=verb, by=self.writer(), keys=(key,), text=before[key].text if key in before else "")

    def verdict(self, *, carried: bool = False) -> Step:
        """Some verdicts of the side whose turn it is; `carried`: on what was approved in an earlier version."""
        opened = self.naive.open
        keys = sorted(opened.items) if opened else []
        if carried and opened:
            number = len(self.naive.versions)
            keys = [k for k in keys if (said := opened.items[k].approver) and said.version < number]
        chosen = self.chance.sample(keys, self.chance.randint(0, len(keys))) or keys[:1]
        words = ["approve", "reject", *(self.naive.keeps[1:] if self.naive.submitted else ())]
        if self.naive.draft and self.naive.rework and self.chance.random() < 0.9:
            words = ["approve"]
        by = self.chance.choice(("tina", "theo") if self.naive.draft else APPROVERS)
        return Step(verb="decide", by=by, verdicts={key: self.chance.choice(words) for key in chosen})

    def closing(self, verb: str) -> Step:
        """Submit, withdraw, approve or reject."""
        by = ("tina", "tina", "theo") if verb in ("submit", "withdraw") else APPROVERS
        return Step(verb=verb, by=self.chance.choice(by), adopt=self.chance.random() < 0.7)

    def opening(self, *, older: bool = False) -> Step:
        """From the default parent, or from any version."""
        numbers = range(1, len(self.naive.versions) + 1)
        parent = self.chance.choice(numbers) if older and numbers else None
        return Step(verb="open", by=self.chance.choice(("tina", "theo")), parent=parent)

    def likely(self) -> Step:
        """Something that the present state mostly allows."""
        if not self.naive.open:
            return self.opening(older=self.chance.random() < 0.6)
        if (back := self.way_back()) and self.chance.random() < 0.15:
            return back
        if self.naive.draft:
            steps = [self.change(), self.change(), self.verdict(), self.closing("submit"), self.closing("submit")]
        else:
            steps = [self.verdict(), self.verdict(), self.closing("approve"), self.closing("reject")]
        return self.chance.choice(steps)
