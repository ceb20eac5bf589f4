"""安心フォーム at `/form/{token}`: the city's own page for the story, names, addresses and photos (Zone S)."""
