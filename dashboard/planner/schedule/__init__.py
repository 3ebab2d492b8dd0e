"""Who is to be seen where and when."""
