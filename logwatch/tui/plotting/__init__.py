"""Curves as cells of characters. No Textual here."""
