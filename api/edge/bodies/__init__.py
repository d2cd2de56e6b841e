"""What bodies are made of: fields, names, objects of any shape, patches."""
