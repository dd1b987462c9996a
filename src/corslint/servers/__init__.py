"""One module per product that sends CORS headers; found by walking this folder."""
