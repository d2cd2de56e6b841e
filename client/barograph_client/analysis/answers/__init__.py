"""What the API answers: items, lists and Polars frames, and how a notebook shows them."""
