"""How much of a lever does it take?"""
