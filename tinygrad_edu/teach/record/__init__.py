"""What a recorded graph says of itself: its ledger, its paths, its values by name, its moment."""
