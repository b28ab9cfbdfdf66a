"""Values as words. No Textual here but in `styles`."""
