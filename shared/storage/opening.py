"""Choosing the object store by the settings."""

from shared.errors import SettingsError
from shared.settings import Settings
from shared.storage import ObjectStore
from shared.storage.disk import DiskStore


def open_store(settings: Settings) -> ObjectStore:
    """The store that `settings` name; connects to nothing and makes nothing (`prepare` does).

    Raises SettingsError when an S3 setting is missing. Call it after fork: the S3 connections are
    not to be shared by processes.
    """
    if settings.storage == "disk":
        return DiskStore(settings.objects_path)
    secret_key = settings.s3_secret_key.get_secret_value()
    required = {
        "s3_endpoint": settings.s3_endpoint,
        "s3_access_key": settings.s3_access_key,
        "s3_secret_key": secret_key,
        "s3_bucket": settings.s3_bucket,
    }
    missing = [name for name, value in required.items() if not value]
    if missing:
        raise SettingsError(f"storage is s3, but {', '.join(missing)} is not set")
    # The embedded mode starts faster without the S3 client and its dependencies.
    from shared.storage.s3 import S3Store

    return S3Store(
        endpoint=settings.s3_endpoint,
        access_key=settings.s3_access_key,
        secret_key=secret_key,
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        secure=settings.s3_secure,
    )
