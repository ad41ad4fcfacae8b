"""Pure decisions: which news a person is told, and how and when the person may be reached."""
