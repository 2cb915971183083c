"""The other handler: a function's folder, of which the runtime imports ``app``."""
