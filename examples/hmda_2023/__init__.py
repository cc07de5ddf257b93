"""The edits of the Home Mortgage Disclosure Act for filings of 2023, as rules over a loan/application register."""
