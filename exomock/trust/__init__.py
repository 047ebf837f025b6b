"""Who vouches for exomock under Exotel's names, and what makes clients trust him."""
