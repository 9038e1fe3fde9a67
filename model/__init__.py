"""The simulated world: who is in it, what is known of it, and how influence moves."""
