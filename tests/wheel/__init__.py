"""The wheel, and the README's way of putting it into a Django site."""
