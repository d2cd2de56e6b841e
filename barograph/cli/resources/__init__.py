"""What is in Barograph, through its API: a file with a table for each noun."""
