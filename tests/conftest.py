"""The fixtures of all tests, by subject in tests/fixtures/."""

pytest_plugins = [
    "tests.fixtures.services",
    "tests.fixtures.skips",
    "tests.fixtures.worker",
    "tests.fixtures.browser",
    "tests.fixtures.cast",
    "tests.fixtures.works",
]
