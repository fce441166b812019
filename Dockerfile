# The image of web, worker and beat. Nothing runs as root.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 READINGLIST_HOME=/home/readinglist/var
RUN useradd --create-home readinglist
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt

COPY . .
USER readinglist
RUN mkdir "$READINGLIST_HOME"
