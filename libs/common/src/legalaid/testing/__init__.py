"""What tests of several services share. The product never imports it."""
