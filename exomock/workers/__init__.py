"""`exomock serve --workers N`: several processes of one machine behind one port."""
