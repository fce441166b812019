# The image of web, worker and beat, and of every command. Nothing runs as root, and nothing writes into it: what does
# not go to PostgreSQL and Redis goes to the folders mail/ and beat/ of READINGLIST_HOME, which docker-compose.yml mounts.

FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: \
    --require-hashes --no-deps -r requirements.txt


FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Readinglist" \
      org.opencontainers.image.description="A team's shared reading list with every member's own progress." \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    READINGLIST_HOME=/var/lib/readinglist

# By number, so that what is mounted can be given to it on a host that does not know its name.
RUN groupadd --gid 10001 readinglist \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin readinglist \
 && install --directory --owner 10001 --group 10001 --mode 700 $READINGLIST_HOME/mail $READINGLIST_HOME/beat

COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Static files belong to their version of the program, so they are part of the image.
RUN python -m compileall -q --invalidation-mode unchecked-hash . \
 && SECRET_KEY=of-this-step-alone python manage.py collectstatic --no-input

USER 10001:10001
CMD ["python", "manage.py", "help"]
