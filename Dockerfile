# One image for the runs, for start and stop, and for migrations. See docs/deploy.md.
#
# Any Python 3.13 on Debian will do as its base, also one without pip.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ENV PYTHONDONTWRITEBYTECODE=1
RUN python3 -m venv /opt/booth-sync
COPY requirements/image.txt /build/
# A package index of one's own comes as a secret, which no layer keeps: --secret id=pip.conf,src=…
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    /opt/booth-sync/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check \
        --only-binary :all: --require-hashes -r /build/image.txt
COPY image/ /build/
RUN /opt/booth-sync/bin/python /build/trim.py && \
    /opt/booth-sync/bin/pip uninstall --yes --quiet --disable-pip-version-check pip && \
    rm -f /opt/booth-sync/bin/[Aa]ctivate*
COPY manage.py LICENSE /app/
COPY booth/ /app/booth/
COPY project/ /app/project/
# `unchecked-hash`: what is in the image does not change, so nothing is compared at start-up.
RUN /opt/booth-sync/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        /opt/booth-sync/lib /app && \
    /opt/booth-sync/bin/python /build/prove.py

FROM ${PYTHON_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="booth-sync" \
      org.opencontainers.image.description="Keeps a festival site's booths in line with D-Order" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The base's pip goes, and so do its set-user-ID and set-group-ID bits; its standard library gets its
# bytecode, which the official images leave out.
RUN find / -xdev -perm /6000 -exec chmod a-s {} + && \
    rm -rf /usr/lib/python3*/ensurepip /usr/local/lib/python3*/ensurepip /usr/share/python-wheels \
        /usr/local/lib/python3*/site-packages/pip* /usr/local/bin/pip* && \
    python3 -m compileall -q -j 0 \
        -x '/(test|tests|idlelib|lib2to3|tkinter|turtledemo|(site|dist)-packages)/' \
        "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=build /opt/booth-sync /opt/booth-sync
COPY --from=build /app /app
ENV PATH=/opt/booth-sync/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    MALLOC_ARENA_MAX=2 \
    HOME=/tmp
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["python", "/app/manage.py"]
CMD ["booth_sync", "--help"]
