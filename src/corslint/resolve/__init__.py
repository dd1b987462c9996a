"""What expressions of a program evaluate to, without running it."""
