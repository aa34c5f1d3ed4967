# One image for the gateway and every worker; compose chooses the command.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TEMATIKA_DATA_DIR=/var/lib/tematika TEMATIKA_HOST=0.0.0.0 \
    NUMBA_CACHE_DIR=/var/cache/tematika
WORKDIR /app
COPY requirements.lock pyproject.toml README.md ./
RUN pip install --no-cache-dir -r requirements.lock
COPY shared shared
COPY services services
COPY rules rules
COPY samples/model samples/model
# Editable, so that rules/ and samples/ are found beside the packages.
RUN pip install --no-cache-dir --no-deps -e .
# The folder must belong to the user before a volume is laid over it; compiled matching is cached in the other.
RUN mkdir -p /var/lib/tematika /var/cache/tematika && chown 10001:10001 /var/lib/tematika /var/cache/tematika
USER 10001:10001
VOLUME /var/lib/tematika
EXPOSE 8080
CMD ["tematika", "serve"]
