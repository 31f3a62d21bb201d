"""What a terminal needs: the commands, their options, tables and progress."""
