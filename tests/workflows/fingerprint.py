"""What workflows may command, in the order of their source: the calls that the replay of a history depends on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "workflows"
COMMANDS = {
    "execute_activity",
    "start_child_workflow",
    "execute_child_workflow",
    "sleep",
    "wait_condition",
    "continue_as_new",
    "upsert_search_attributes",
    "signal",
    "cancel",
    "patched",
    "deprecate_patch",
}
_NAMED_BY = {"Activity", "Workflow"}


def fingerprints() -> dict[str, list[str]]:
    """By function, its commands and calls of other such functions, in the order of the source."""
    trees = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.py"))}
    functions = {
        f"{module}.{name}": function for module, tree in trees.items() for name, function in _functions(tree, "")
    }
    # What leads to a command is followed through the package, by name, until nothing more is found.
    telling = set(COMMANDS)
    while True:
        found = {name.rpartition(".")[2] for name, function in functions.items() if _calls(function, telling)}
        if found <= telling:
            break
        telling |= found
    told = {name: _calls(function, telling) for name, function in functions.items()}
    return {name: calls for name, calls in told.items() if calls}


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node
            yield from _functions(node, f"{prefix}{node.name}.")


def _calls(function: ast.FunctionDef | ast.AsyncFunctionDef, telling: set[str]) -> list[str]:
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and _name(node) in telling and _commands(node)]
    return [_told(call) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]


def _commands(call: ast.Call) -> bool:
    """Waiting for a condition is a command only when it has a timer."""
    return _name(call) != "wait_condition" or any(word.arg == "timeout" for word in call.keywords)


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _told(call: ast.Call) -> str:
    """The call's name and what it names: an activity, a workflow, a patch, a signal, or that it has a timer."""
    named = [_constant(argument) for argument in call.args]
    named += [word.arg for word in call.keywords if word.arg == "timeout"]
    return f"{_name(call)}({', '.join(filter(None, named))})"


def _constant(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in _NAMED_BY:
        return node.attr
    return str(node.value) if isinstance(node, ast.Constant) else ""
