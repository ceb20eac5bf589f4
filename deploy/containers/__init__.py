"""Running in containers: the image, the services beside it, and what checks them."""
