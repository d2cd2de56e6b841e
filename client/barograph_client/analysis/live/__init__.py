"""What happens as it happens: events, live readings, and plots of them."""
