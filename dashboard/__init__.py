"""The screen: Streamlit pages, the map and the routes beside them."""
