"""What is relied on of Streamlit's insides, each with why; a test holds each."""
