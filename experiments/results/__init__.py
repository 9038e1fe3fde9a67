"""What a batch shows, as numbers: summary, differences, comparison, attribution, export."""
