"""One module per rule, named after its page in `rules/`; found by walking this folder."""
