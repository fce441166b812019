"""The product in Chromium."""
