"""Tell what would happen if everything in a bucket were added: what, why not, how long."""
