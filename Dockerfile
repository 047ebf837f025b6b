FROM python:3.12-slim
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY exomock ./exomock
COPY scenarios ./scenarios
# exomock asks phonenumbers for countries and types of numbers, never for the names of places,
# networks and time zones: 30 MB of tables.
RUN pip install --no-cache-dir '.[mp3,postgresql,re2,tls]' && python -c "import pathlib, shutil, phonenumbers as p; [shutil.rmtree(pathlib.Path(p.__file__).parent / name) for name in ('geodata', 'carrierdata', 'tzdata')]" && useradd --uid 10001 --create-home exomock
# By number, because Kubernetes' runAsNonRoot knows no names.
USER 10001
ENV EXOMOCK_HOST=0.0.0.0 EXOMOCK_CONTROL_TOKEN=auto
EXPOSE 8080 8443
HEALTHCHECK --interval=5s --timeout=3s --start-period=15s --start-interval=500ms CMD ["exomock", "health", "--url", "http://127.0.0.1:8080"]
CMD ["exomock", "serve"]
