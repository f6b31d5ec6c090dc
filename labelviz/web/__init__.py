"""What `streamlit run` serves, with the settings of the server beside it."""
