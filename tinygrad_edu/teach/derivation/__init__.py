"""The worked derivation of gradients, and the worksheet made of one."""
