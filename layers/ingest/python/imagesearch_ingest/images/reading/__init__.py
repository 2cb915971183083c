"""From a file's bytes to pixels, for the pictures that a rule requires to be touched."""
