"""What somebody types as an answer: read from plain text or LaTeX, and worked out at any point."""
