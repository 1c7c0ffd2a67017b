"""What the settings tell each part: read here, judged here, handed on as frozen values."""
