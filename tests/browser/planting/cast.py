"""The people of a bookshop, and what it says to them."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Person:
    """`agreed`: to what they said yes; `tells`: the traits that say so."""

    user: str
    first: str
    last: str
    phone: str
    agreed: str = "sms"
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def traits(self) -> dict[str, Any]:
        """What their first identify says of them."""
        said = {
            "first_name": self.first,
            "last_name": self.last,
            "phone": self.phone,
            "email": f"{self.user}@example.com",
        }
        yes = {f"{channel}_opt_in": True for channel in ("sms", "whatsapp") if channel in self.agreed}
        return {**said, **yes, **self.more}


_NAMES = (
    ("Ada", "Lovelace"),
    ("Bello", "Okonkwo"),
    ("Chiara", "Rossi"),
    ("Dora", "Maar"),
    ("Émile", "Durand"),
    ("Fatima", "Zahra"),
    ("Grace", "Hopper"),
    ("Hiroshi", "Tanaka"),
    ("Inés", "García"),
    ("Jonas", "Lindqvist"),
    ("Kwame", "Mensah"),
    ("Linh", "Nguyễn"),
    ("Mary", "Jackson"),
    ("Noor", "Haddad"),
    ("Olga", "Petrova"),
    ("Priya", "Raman"),
    ("Quentin", "Blake"),
    ("Rosa", "Parks"),
    ("Søren", "Kjær"),
    ("Tomás", "Ortega"),
    ("Uma", "Patel"),
    ("Vera", "Rubin"),
    ("Wen", "Li"),
    ("Ximena", "Flores"),
    ("Yara", "Silva"),
    ("Zoë", "Washburne"),
    ("Maximiliane-Theodora", "von und zu Hohenstein-Wittelsbach"),
    ("李", "小龍"),
    ("عمر", "الخيام"),
    ("Jo", "Ng"),
)
_AREAS = ("202", "212", "305", "415", "512", "617", "213")


def _phone(number: int) -> str:
    """One of those that belong to nobody: of the United States mostly, else of Britain."""
    if number % 10 == 9:
        return f"+44770090{number:04}"
    return f"+1{_AREAS[number % len(_AREAS)]}55501{20 + number:02}"


_AGREED = ("sms", "sms whatsapp", "sms", "whatsapp", "", "sms whatsapp")

PEOPLE = tuple(
    Person(f"user_{1001 + number}", first, last, _phone(number), _AGREED[number % len(_AGREED)])
    for number, (first, last) in enumerate(_NAMES)
)
ADA = PEOPLE[0]
"""The one with the long conversation."""

NOT_A_NUMBER = Person("user_2001", "Ivo", "Novak", "12", "sms")
REFUSED = Person("user_2002", "Cleo", "Martin", "+15005550001", "sms")
FAR = Person("user_2003", "Mateo", "Quispe", "+51987654321", "sms")
INDIAN = Person("user_2004", "Anjali", "Nair", "+919876543210", "sms")
STOPPED = PEOPLE[2]
REPLIES = (
    "Thanks! When will it arrive?",
    "Is the second volume in stock too? 📚",
    "Could you leave it with my neighbour, at number 12?",
    "👍",
    "Perfect, see you on Saturday!",
    "Hi, I moved. My new address is 5 Elm Street",
    "Do you have this in Italian? Avete anche l'edizione originale?",
    "What are your opening hours on Sunday?",
    "Great service, thank you so much ❤️",
)
DOUBTFUL = (
    "can I stop by tomorrow?",
    "please don't text me after nine in the evening",
    "no more vampire novels please 😅",
)
TITLES = ("The Left Hand of Darkness", "Middlemarch", "Pedro Páramo", "Kokoro", "Beloved", "Solaris", "Momo")
