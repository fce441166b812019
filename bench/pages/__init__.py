"""What readers' pages cost, measured beside a plain view."""
