FROM python:3.12-slim
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY exomock ./exomock
COPY scenarios ./scenarios
RUN pip install --no-cache-dir '.[re2]' && useradd --create-home exomock
USER exomock
ENV EXOMOCK_HOST=0.0.0.0 EXOMOCK_CONTROL_TOKEN=auto
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/_exomock/health', timeout=2)"]
CMD ["exomock", "serve"]
