"""The peers, each in its best documented mode. They know the rows and what a contestant is, and nothing of ours."""
