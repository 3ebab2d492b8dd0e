"""The streets that ways are found on: taken in, fetched, told of."""
