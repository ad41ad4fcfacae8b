# One file for every image of the pipeline (docs/deploy.md). `make images` builds them all:
#   docker build --target service --build-arg SERVICE=intake -t legalaid/intake .
#   docker build --target jobs -t legalaid/jobs .     # topics, indexes, dead letters, keys, the rebuild check
#   docker build --target dev -t legalaid/dev .       # the simulated gateway and the player of the morning; not for production
# It needs BuildKit and no `# syntax=` line, so no frontend is fetched.

ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# --- what is installed: by hash, without pip in it, compiled so that a read-only container need not.
# The places of the world's telephone numbers are 40 MB that nobody here asks for.
FROM ${PYTHON_IMAGE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /app/.venv
COPY requirements.service.lock /locks/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /app/.venv/bin/python install --quiet --no-compile --only-binary :all: --require-hashes \
        -r /locks/requirements.service.lock \
    && rm -r /app/.venv/lib/python3.11/site-packages/phonenumbers/geodata \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app/.venv/lib

FROM packages AS player-packages
COPY requirements.player.lock /locks/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /app/.venv/bin/python install --quiet --no-compile --only-binary :all: --require-hashes \
        -r /locks/requirements.player.lock \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app/.venv/lib

# --- our own code, by what each image may hold
FROM ${PYTHON_IMAGE} AS service-code
ARG SERVICE
COPY libs/common/src/ services/${SERVICE}/src/ /app/src/
# The entry point in exec form cannot name an argument, so it names this one file.
RUN test -n "${SERVICE}" \
    && printf 'import runpy\n\nrunpy.run_module("%s", run_name="__main__", alter_sys=True)\n' "${SERVICE}" > /app/start.py \
    && python -m compileall -q --invalidation-mode unchecked-hash /app/src

FROM ${PYTHON_IMAGE} AS jobs-code
COPY libs/common/src/ services/intake/src/ services/routing/src/ services/notify/src/ services/reports/src/ /app/src/
RUN python -m compileall -q --invalidation-mode unchecked-hash /app/src

FROM ${PYTHON_IMAGE} AS dev-code
COPY libs/common/src/ /app/src/
COPY dev/ /app/src/dev/
RUN python -m compileall -q --invalidation-mode unchecked-hash /app/src && mkdir /records

# --- what runs: one user, nothing to install with, nothing that must be written
FROM ${PYTHON_IMAGE} AS runtime
RUN python -m pip uninstall --quiet --yes --root-user-action ignore --disable-pip-version-check setuptools wheel pip \
    && groupadd --gid 10001 legalaid \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin legalaid
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONPATH=/app/src \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LEGALAID_HTTP__HOST=0.0.0.0 \
    LEGALAID_HTTP__PORT=8000
WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM

FROM runtime AS jobs
COPY --from=packages /app/.venv /app/.venv
COPY --from=jobs-code /app/src /app/src
ARG LEGALAID_VERSION=0.0.0
ARG LEGALAID_REVISION=unknown
ENV LEGALAID_VERSION=${LEGALAID_VERSION} LEGALAID_REVISION=${LEGALAID_REVISION}
LABEL org.opencontainers.image.title="legalaid/jobs" \
      org.opencontainers.image.description="Topics, indexes, dead letters, keys and the rebuild check of the legal-aid pipeline" \
      org.opencontainers.image.version="${LEGALAID_VERSION}" \
      org.opencontainers.image.revision="${LEGALAID_REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["python", "-m"]
CMD ["legalaid.bus", "--help"]

FROM runtime AS dev
COPY --from=player-packages /app/.venv /app/.venv
COPY --from=dev-code /app/src /app/src
COPY --from=dev-code --chown=10001:10001 /records /var/lib/legalaid
ARG LEGALAID_VERSION=0.0.0
ARG LEGALAID_REVISION=unknown
ENV LEGALAID_VERSION=${LEGALAID_VERSION} LEGALAID_REVISION=${LEGALAID_REVISION}
LABEL org.opencontainers.image.title="legalaid/dev" \
      org.opencontainers.image.description="The simulated SMS gateway and the player of a morning; not for production" \
      org.opencontainers.image.version="${LEGALAID_VERSION}" \
      org.opencontainers.image.revision="${LEGALAID_REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
EXPOSE 8010
ENTRYPOINT ["python", "-m"]
CMD ["dev.gateway", "--help"]

FROM runtime AS service
COPY --from=packages /app/.venv /app/.venv
COPY --from=service-code /app/start.py /app/start.py
COPY --from=service-code /app/src /app/src
ARG SERVICE
ARG LEGALAID_VERSION=0.0.0
ARG LEGALAID_REVISION=unknown
ENV LEGALAID_VERSION=${LEGALAID_VERSION} LEGALAID_REVISION=${LEGALAID_REVISION}
LABEL org.opencontainers.image.title="legalaid/${SERVICE}" \
      org.opencontainers.image.description="The service ${SERVICE} of the legal-aid pipeline of Vietnam" \
      org.opencontainers.image.version="${LEGALAID_VERSION}" \
      org.opencontainers.image.revision="${LEGALAID_REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
EXPOSE 8000
ENTRYPOINT ["python", "/app/start.py"]
