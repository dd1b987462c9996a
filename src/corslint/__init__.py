"""corslint finds CORS settings that are dangerous or will not work."""
