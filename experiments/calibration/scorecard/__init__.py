"""How well the model does when documents are left out."""
