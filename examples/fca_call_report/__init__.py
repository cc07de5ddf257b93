"""The Farm Credit Administration's Uniform Call Report as a ready cycle, from one quarter as published."""
