"""The country: its provinces and communes, telephone numbers, spelling, and working days."""
