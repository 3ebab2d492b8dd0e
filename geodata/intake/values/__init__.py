"""What a cell can hold: times of day, days, identity numbers that it may not hold."""
