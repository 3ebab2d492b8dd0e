"""What is relied on of Streamlit's insides, each with why; `test_host` holds each.

- `insides`: the panels' component, the font, what Streamlit would ask other hosts, its page's
  parts named early, and addresses where nothing is.
- `door`: its routes and its socket's messages: what is not used is shut.
- `connections`: the server beneath it, which waits for no one for ever.
- `operation`: what is counted at the door, and what those who run the server ask.
- `connection.js`, `history.js`, `landmarks.js`, `frame.css`: attributes, test ids and habits of its
  page. In the map's frame, the click that streamlit-folium tells late is told at once by
  `map/assets/lofteskartan.js`, since a script of its own would be one more to wait for.
"""
