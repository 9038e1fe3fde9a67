"""Which moves of a republic hold up in the worst futures?"""
