"""What statistics count: declared once each, and how it follows from influence shares."""
