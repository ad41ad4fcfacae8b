"""A receiver of alarms that only shows them: what a person on call would have been told, and when it was over."""
