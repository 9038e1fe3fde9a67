"""The live page: a scenario whose levers move, and the future that moves with them."""
