"""The weekly e-mail: who is due, what it says, and that it goes out once."""
