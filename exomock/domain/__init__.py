"""The telephone exchange itself: pure values and functions, standard library only."""
