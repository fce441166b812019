"""The ground: embedded services, supervisor, make run."""
