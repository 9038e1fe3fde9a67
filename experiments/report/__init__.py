"""The report of a batch: one HTML file to send to someone who has nothing installed."""
