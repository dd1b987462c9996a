DEBUG = False
SECRET_KEY = "from-the-environment-in-real-life"
ALLOWED_HOSTS = ["backoffice.example.com"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "corsheaders",
    "invoices",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

ROOT_URLCONF = "backoffice.urls"

CORS_ORIGIN_WHITELIST = [
    "https://backoffice.example.com",
    "http://partner.example.net",
    "null",
]
CORS_ALLOW_CREDENTIALS = True
