"""The directory of centres that local installations and tests use in place of the shipped one.

The shipped one says what is known: no areas of branches, no languages, no telephones. This one has them, invented, so
that everything that hangs on them can be seen; each such row says that it is a demonstration's.
"""

from pathlib import Path

DEMONSTRATION = Path(__file__).with_name("centres.csv")
