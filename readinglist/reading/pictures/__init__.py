"""Pictures as data: pure functions from figures to what is drawn, with the sentence that says the same.

An SVG here has no viewBox: x is in per cent of the page's width and y in pixels, so that text is never scaled.
"""
