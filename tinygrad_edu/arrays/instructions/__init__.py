"""Instructions on arrays, and how they are added to a program in their simplest form."""
