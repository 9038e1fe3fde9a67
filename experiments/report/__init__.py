"""One HTML file that shows a batch to someone who has nothing installed."""
