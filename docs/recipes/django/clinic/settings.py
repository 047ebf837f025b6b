"""Settings; where Exotel is comes from the environment, as everywhere."""

import os

SECRET_KEY = "only-for-tests"  # noqa: S105
ROOT_URLCONF = "clinic.urls"
STATIC_URL = "static/"  # which live_server asks for
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
INSTALLED_APPS = ["clinic"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

EXOTEL_URL = os.environ.get("EXOTEL_URL", "https://api.exotel.com")
EXOTEL_SID = os.environ.get("EXOTEL_SID", "")
EXOTEL_AUTH = (os.environ.get("EXOTEL_API_KEY", ""), os.environ.get("EXOTEL_API_TOKEN", ""))
APP_URL = os.environ.get("APP_URL", "")
