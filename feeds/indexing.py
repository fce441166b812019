"""The words of posts: filled in after their arrival, since a search vector costs more than all else about a post."""

from django.db import OperationalError, connection, transaction
from django.db.models import Max
from psycopg.errors import ProgramLimitExceeded

from readinglist.catalog.models import Post, PostText
from readinglist.catalog.models.entries import SEARCH_CONFIG

BATCH = 500
# Edits take words away again, mostly those of the newest posts: so many are looked over every time, and all by `whole`.
WINDOW = 20_000
# How much of a body is searched. Where even that gives too many different words for one vector, less has to do.
LENGTHS = (200_000, 20_000, 0)

# Shared locks: an edit waits until the old words are in, and then deletes them; what is just edited comes next time.
# PostgreSQL's parser passes over tags and entities by itself.
_INDEX = """
    INSERT INTO catalog_posttext (post_id, search)
    SELECT id, setweight(to_tsvector(%(config)s::regconfig, left(title, 1000)), 'A')
               || setweight(to_tsvector(%(config)s::regconfig, byline), 'B')
               || setweight(to_tsvector(%(config)s::regconfig, left(body, %(length)s)), 'C')
    FROM catalog_post post
    WHERE id > %(after)s
      AND NOT EXISTS (SELECT FROM catalog_posttext WHERE post_id = post.id AND post_id > %(after)s)
    ORDER BY id LIMIT %(limit)s
    FOR SHARE SKIP LOCKED
    ON CONFLICT (post_id) DO NOTHING
"""


def index_posts(*, batches: int, whole: bool = False) -> int:
    """Fills in the words of posts that have none, in at most so many batches; how many posts it were.

    It looks at those that arrived last, whatever is stored besides; `whole` goes through all.
    """
    after = 0 if whole else _looked_over()
    count = 0
    for _ in range(batches):
        indexed = _index_batch(after)
        count += indexed
        if not indexed:
            break
    return count


def _looked_over() -> int:
    """The id after which posts may lack their words: behind the last that has some, and behind the newest few."""
    newest = Post.objects.aggregate(Max("pk"))["pk__max"] or 0
    with_words = PostText.objects.aggregate(Max("pk"))["pk__max"] or 0
    return min(newest - WINDOW, with_words)


def _index_batch(after: int) -> int:
    """Where a post has too many words, the batch shrinks until it stands alone, and then what is read of it."""
    limit, lengths = BATCH, list(LENGTHS)
    while True:
        try:
            return _index(after=after, limit=limit, length=lengths[0])
        except OperationalError as error:
            if not isinstance(error.__cause__, ProgramLimitExceeded):
                raise
            if limit == 1:
                lengths.pop(0)
            limit = max(limit // 4, 1)


def _index(*, after: int, limit: int, length: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INDEX, {"config": SEARCH_CONFIG, "after": after, "length": length, "limit": limit})
        return int(cursor.rowcount)
