"""What the OpenAPI documents of all programs have alike."""
