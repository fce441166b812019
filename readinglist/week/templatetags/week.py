"""What the reading week means, for the pages of rooms that may not know this one."""

from django import template

from readinglist.week import beginning

register = template.Library()


@register.simple_tag
def recommended_sources() -> set[int]:
    """By their keys."""
    return beginning.recommended()
