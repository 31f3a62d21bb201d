"""A model and a loss on samples, recorded on one of them and made a program of any batch."""
