"""The handler to compare with: a function's folder, whose module ``app`` the runtime imports."""
