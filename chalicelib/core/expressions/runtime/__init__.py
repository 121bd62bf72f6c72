"""What both expression languages share: evaluation, limits, functions, conversion of values."""
