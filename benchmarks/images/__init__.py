"""`make bench-images`: the same work on the same pictures by this project and by the image servers' libraries."""
