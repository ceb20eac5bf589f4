"""The menu under the talk: drawn from the city pack and text files, and brought to LINE by `kizuki richmenu sync`."""
