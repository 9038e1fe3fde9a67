"""Expressions such as `share(China, all, security, 2040)`: parsing and evaluation."""
