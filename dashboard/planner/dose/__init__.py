"""What each hot spot and area got."""
