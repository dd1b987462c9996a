"""One front end per language: text to tree, with exact places. They know nothing of CORS."""
