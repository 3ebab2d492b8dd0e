"""Uppföljning: every commitment in every area, and what each number is made of."""
