#!/bin/sh
# Makes the environment of the peers, apart from .venv; run by `make bench`, which names it in PEERS.
set -eu

fail() {
    printf 'bench: %s\n' "$@" >&2
    exit 1
}

echo "installing the peers into $PEERS" >&2
.venv/bin/python -m venv --clear "$PEERS"
# As pip is configured, where an institution names its own index; only newer ones know groups.
"$PEERS/bin/python" -m pip install --quiet --disable-pip-version-check 'pip>=25.1' &&
    "$PEERS/bin/python" -m pip install --quiet --disable-pip-version-check --group bench ||
    fail 'The peers could not be installed (see above).' 'ARGS="--only ours" needs none of them:' \
        '    .venv/bin/python -m benchmarks --only ours'
