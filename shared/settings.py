"""All settings of one process: read once from the environment, frozen, documented in docs/configuration.md."""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingsError

PREFIX = "TEMATIKA_"
# Read by the test suite and by scripts, never by the product.
FOREIGN_PREFIXES = (PREFIX + "TEST_", PREFIX + "IMAGE_", PREFIX + "PORT_")


class Settings(BaseSettings):
    """Settings of one process; every field is an environment variable TEMATIKA_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    data_dir: Path = Path("var")
    """Folder for the embedded mode's database, sound and model cache."""

    database_url: str = ""
    """SQLAlchemy address of the database; empty means SQLite in `data_dir`. PostgreSQL: postgresql+psycopg://…"""

    broker_url: SecretStr = SecretStr("")
    """Celery broker (redis://…); empty means embedded mode: each worker process feeds itself from the job table."""

    storage: Literal["disk", "s3"] = "disk"
    """Where sound lies: a folder (`storage_path`) or an S3 bucket."""

    storage_path: Path | None = None
    """Folder of the disk store; by default `data_dir`/objects."""

    s3_endpoint: str = ""
    """host:port of the S3 server."""

    s3_access_key: str = ""
    """Access key of the S3 server."""

    s3_secret_key: SecretStr = SecretStr("")
    """Secret key of the S3 server."""

    s3_bucket: str = "tematika"
    """Bucket that holds all objects; `tematika init` creates it."""

    s3_region: str = "us-east-1"
    """Region name that S3 signatures carry."""

    s3_secure: bool = True
    """TLS towards the S3 server."""

    secret_key: SecretStr = SecretStr("")
    """Signs sessions, cursors and links; empty: a random one kept in `data_dir`/secret-key (embedded mode only)."""

    host: str = "127.0.0.1"
    """Address the gateway listens on."""

    port: int = Field(default=8080, ge=0, le=65535)
    """Port the gateway listens on."""

    gateway_threads: int = Field(default=8, ge=2, le=256)
    """Threads of one gateway process."""

    secure_cookies: bool = False
    """Mark session cookies Secure; switch on wherever the gateway is reached over HTTPS."""

    max_upload_bytes: int = Field(default=1 << 30, ge=1024)
    """Longest recording accepted, in bytes."""

    max_json_bytes: int = Field(default=4 << 20, ge=1024)
    """Longest JSON body, in bytes; an NDJSON batch has this limit per line and 64 times it in all."""

    max_recording_s: int = Field(default=6 * 3600, ge=1)
    """Longest recording decoded, in seconds of sound."""

    decode_memory_bytes: int = Field(default=1 << 30, ge=128 << 20)
    """Address space of the child process that decodes untrusted sound, in bytes."""

    speech_model: str = ""
    """Speech model: a name such as `large-v3-turbo`, or a folder; empty: only the demo account has one."""

    speech_device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs."""

    speech_compute_type: str = "int8"
    """CTranslate2 compute type: int8, int8_float16, float16, float32 …"""

    speech_threads: int = Field(default=0, ge=0)
    """CPU threads of one model; 0 means the cores this process may use divided by `transcribe_workers`."""

    transcribe_workers: int = Field(default=1, ge=1)
    """How many transcribe workers share this host; only used to divide the cores."""

    model_dir: Path | None = None
    """Folder of downloaded models; by default `data_dir`/models."""

    max_topics: int = Field(default=1000, ge=1)
    """Most topics of an account, those in its archive not counted."""

    max_topic_phrases: int = Field(default=1000, ge=1, le=2000)
    """Most phrases of one topic's rule."""

    max_topic_examples: int = Field(default=200, ge=0)
    """Most examples of one topic."""

    lease_s: int = Field(default=45, ge=2)
    """How long a worker may be silent before its job is given to another, in seconds."""

    heartbeat_s: float = Field(default=10.0, gt=0)
    """How often a working job renews its lease and reports progress, in seconds."""

    sweep_s: float = Field(default=0.5, gt=0)
    """How often the sweeper looks for jobs that nobody published or whose lease ran out, in seconds."""

    max_attempts: int = Field(default=3, ge=1)
    """How often a job is tried before it is `failed`."""

    run_chunk: int = Field(default=4096, ge=1, le=4096)
    """Most contacts or recordings that one transaction of a bulk run takes."""

    log_format: Literal["console", "json"] = "console"
    """Log lines for people or for machines."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severity that is logged."""

    @cached_property
    def database_address(self) -> str:
        """`database_url`, or the SQLite file in `data_dir`."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'tematika.db'}"

    @property
    def embedded(self) -> bool:
        """Whether workers feed themselves from the job table instead of a broker."""
        return not self.broker_url.get_secret_value()

    @property
    def objects_path(self) -> Path:
        """Folder of the disk store."""
        return self.storage_path or self.data_dir / "objects"

    @property
    def models_path(self) -> Path:
        """Folder of downloaded models."""
        return self.model_dir or self.data_dir / "models"


def load_settings() -> Settings:
    """Read the environment; raise SettingsError naming each wrong, missing or misspelt variable."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and name not in known and not name.startswith(FOREIGN_PREFIXES)
    )
    if unknown:
        # pydantic-settings ignores misspelt variables even with extra="forbid".
        raise SettingsError(f"unknown settings in the environment: {', '.join(unknown)}")
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{PREFIX}{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsError("; ".join(lines)) from error
