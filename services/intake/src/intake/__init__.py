"""Takes calls and requests from the hotline and the app; accepted means stored."""
