"""A scanner that is given a description of every address, and sends whatever the description allows."""
