#!/bin/sh
# Makes .venv with exactly what requirements.lock pins, and says plainly what is missing. Run by `make setup`.
set -eu

UV='uv==0.13.9'
NEEDS='import sys; sys.exit(sys.version_info < (3, 11))'

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

# The first Python that is new enough and can make virtual environments.
find_python() {
    old='' bare=''
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        version=$("$candidate" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
        if ! "$candidate" -c "$NEEDS" 2>/dev/null; then
            old="${old:-$candidate is Python $version}"
        elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            bare="${bare:-$candidate (Python $version)}"
        else
            echo "$candidate"
            return
        fi
    done
    [ -z "$bare" ] || fail "$bare cannot make virtual environments." \
        "Install its venv package (Debian, Ubuntu: apt-get install python3-venv), then run make setup again."
    [ -z "$old" ] || fail "Assay needs Python 3.11 or newer; $old." \
        "Install a newer one, or name it: make setup PYTHON=/path/to/python3.13"
    [ -z "${PYTHON:-}" ] || fail "PYTHON=$PYTHON does not run."
    fail "Assay needs Python 3.11 or newer, and no python3 was found." \
        "Install it (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make setup PYTHON=/path/to/python3"
}

if ! .venv/bin/python -c "$NEEDS" 2>/dev/null || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    python=$(find_python)
    echo "making .venv with $("$python" --version)" >&2
    "$python" -m venv --clear .venv || fail "$python could not make .venv (see above)."
fi

.venv/bin/python -m pip install --quiet --disable-pip-version-check "$UV" ||
    fail "$UV could not be installed (see above)." \
        "Behind a proxy or with certificates of your own, set HTTPS_PROXY and PIP_CERT, or the index in pip's configuration."

# uv does not read pip's configuration, where an institution names its own index.
index=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null) || index=''
if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    export UV_DEFAULT_INDEX="$index"
fi

echo 'installing what requirements.lock pins' >&2
# Compiled now, the first demo need not do it.
.venv/bin/uv --quiet --system-certs pip install --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock ||
    fail "requirements.lock could not be installed (see above)." \
        "A disk that is full, or a machine for which a package has no wheel, shows in the message of uv."
