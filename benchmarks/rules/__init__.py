"""The rule engine beside hand-written SQL and its peers: ten rules over one file, the keys of all failing records."""
