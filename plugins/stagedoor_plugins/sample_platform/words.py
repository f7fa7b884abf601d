"""Names and words that the sample platform is made of."""

FIRST_NAMES = (
    "Ana", "Ștefan", "Ioana", "Gheorghe", "Mădălina", "Răzvan", "Țuțu", "Ilinca", "Zsófia", "László",
    "Ágnes", "Jürgen", "Anneliese", "Łukasz", "Żaneta", "François", "Chloé", "José", "Begoña", "Søren",
    "Åsa", "Dvořák", "Ngọc", "Мария", "Ελένη", "Mary-Jane", "O'Brien", "Max", "Emma", "Noah",
)  # fmt: skip
LAST_NAMES = (
    "Popescu", "Ionescu", "Șerban", "Țepeș", "Brâncuși", "Enăchescu", "Nagy", "Kovács", "Tóth", "Müller",
    "Schröder", "Weiß", "Wiśniewski", "Dąbrowska", "Lefèvre", "D'Angelo", "García Márquez", "Øvergård",
    "Novák", "Nguyễn", "Иванова", "Παπαδοπούλου", "van der Berg", "Smith", "Jones", "McDonald",
)  # fmt: skip
MAILBOX_NAMES = (
    "ana", "stefan", "ioana", "radu", "maria", "laszlo", "emma", "max", "chloe", "lukas", "zoe", "petra",
)  # fmt: skip
MAIL_DOMAINS = (
    "example.com", "example.org", "example.net", "mail.example.com", "post.example.org",
)  # fmt: skip
CITIES = (
    ("Cluj-Napoca", "RO"), ("București", "RO"), ("Iași", "RO"), ("Timișoara", "RO"), ("Sibiu", "RO"),
    ("Budapest", "HU"), ("Győr", "HU"), ("München", "DE"), ("Köln", "DE"), ("Łódź", "PL"),
    ("Zürich", "CH"), ("London", "GB"), ("Málaga", "ES"), ("Orléans", "FR"),
)  # fmt: skip
LANGUAGES = {
    "RO": "ro", "HU": "hu", "DE": "de", "PL": "pl", "CH": "de", "GB": "en", "ES": "es", "FR": "fr",
}  # fmt: skip
STREETS = ("Strada Lungă", "Bulevardul Unirii", "Váci út", "Hauptstraße", "Rue de l'Église", "High Street")
PHONES = ("0722 {:03d} {:03d}", "+40 722-{:03d}-{:03d}", "(0264) {:03d}.{:03d}", "+49 (0)89 {:03d}{:03d}", "06-20-{:03d}-{:04d}")
JOBS = ("Office manager", "Director de marketing", "Geschäftsführerin", "Asistentă", "Buyer", "HR")
COMPANY_WORDS = ("Carpați", "Nordlicht", "Duna", "Vistula", "Sóley", "Bright", "Albatros", "Orizont")
COMPANY_KINDS = ("SRL", "SA", "GmbH", "Kft.", "Sp. z o.o.", "Ltd", "& Söhne")
CATEGORIES = ("Concert", "Theatre", "Opera", "Festival", "Conference", "Workshop", "Sport", "Exhibition")
EVENT_WORDS = ("Noaptea", "Vara", "Sinfonie", "Lumina", "Gala", "Târgul", "Éjszaka", "Winter", "Electric", "Open")
VENUES = ("Sala Palatului", "Ateneul Român", "Müpa", "Gasteig", "The Old Depot", "Arena Nouă", "Casa Filarmonicii")
TICKET_TYPES = (("Standard", 1.0), ("Student", 0.6), ("VIP", 2.5), ("Group", 0.8), ("Family", 0.7))
CURRENCIES = ("EUR", "RON", "RON", "RON", "HUF", "GBP", "CHF", "USD")
CHANNELS = ("web", "web", "web", "app", "box_office", "phone", "reseller")
SUBJECTS = ("Refund, please", "Nu găsesc biletele", "Wheelchair access?", "Rechnung fehlt", "Wrong date ❓")
MESSAGES = (
    "Hello,\nI bought two tickets and got none.\n\nThank you",
    "Bună ziua,\r\nam nevoie de factură pe firmă. \"Urgent\"!",
    "Könnten Sie mir bitte helfen? <b>Danke</b> & Grüße",
    "🎟️ where is my QR code???",
)
DIETS = ("vegan", "Vegetarian, fără lactoză", "none", "", "nut allergy!!\n(serious)", "Ő nem eszik húst")
