"""What the documents say, and how it becomes the model's coded inputs and targets."""
