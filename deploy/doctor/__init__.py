"""What `kizuki doctor` looks at. Every look is independent of the others and changes nothing that matters."""
