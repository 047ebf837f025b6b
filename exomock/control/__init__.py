"""exomock's own routes, under /_exomock/."""
