"""What answers over HTTP besides Streamlit: files, layers, uploads."""
