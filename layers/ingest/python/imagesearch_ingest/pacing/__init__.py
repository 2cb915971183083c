"""Call at the rate that the instance allows, and repeat what may succeed later."""
