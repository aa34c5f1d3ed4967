"""Objects in an S3 bucket, by plain S3 calls of the minio client, so any S3 server will do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import certifi
import urllib3
from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.helpers import check_bucket_name
from minio.lifecycleconfig import AbortIncompleteMultipartUpload, LifecycleConfig, Rule

from shared.errors import InvalidInput, NotFound, SettingsError, StorageFull, StorageUnavailable
from shared.storage import PIECE_BYTES, Body, StoredObject
from shared.storage.measured import MeasuredBody
from shared.storage.names import checked_name
from shared.storage.probing import probe_store

# One part is held in memory while it is sent; 10,000 parts of 8 MiB are 78 GiB.
PART_BYTES = 8 * 1024 * 1024

# The client's own default is five minutes: a stopped server would hold every gateway thread.
_CONNECT_TIMEOUT_S = 3.0
_READ_TIMEOUT_S = 15.0
_CONNECTIONS = 64

_ABSENT = {"NoSuchKey", "NoSuchVersion"}
_NO_ROOM = {
    "QuotaExceeded",
    "ServiceQuotaExceeded",
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
}
_INSUFFICIENT_STORAGE = 507


class _BeyondTheEnd(InvalidInput):
    """A range starts at or beyond the end of the object."""

    s3_code = "InvalidRange"


class S3Store:
    """The object store of the distributed mode; a hanging server costs twice the read timeout."""

    def __init__(
        self,
        *,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        region: str,
        secure: bool,
        read_timeout_s: float = _READ_TIMEOUT_S,
    ) -> None:
        """Connects to nothing yet; SettingsError if endpoint or bucket is not one."""
        self._bucket = bucket
        try:
            check_bucket_name(bucket, strict=True)
            self._client = Minio(
                endpoint,
                access_key=access_key,
                secret_key=secret_key,
                region=region,
                secure=secure,
                http_client=_connections(read_timeout_s),
            )
        except ValueError as error:
            raise SettingsError(
                f"s3_endpoint {endpoint!r} or s3_bucket {bucket!r}: {error}"
            ) from error

    def prepare(self) -> None:
        """Make the bucket; SettingsError if it keeps versions, for then nothing is destroyed."""
        with self._mapped_errors(self._bucket):
            if not self._client.bucket_exists(self._bucket):
                self._client.make_bucket(self._bucket)
                self._expire_abandoned_uploads()
            versioning = self._client.get_bucket_versioning(self._bucket)
        if versioning.status == ENABLED:
            raise SettingsError(
                f"bucket {self._bucket} keeps versions: destroyed recordings would stay in it"
            )

    def put(self, name: str, body: Body, *, limit_bytes: int, content_type: str) -> StoredObject:
        """See ObjectStore; holds one part of 8 MiB in memory."""
        checked_name(name)
        measured = MeasuredBody(body, limit_bytes)
        with self._mapped_errors(name):
            # Of a failed multipart upload the client aborts what was sent; parallel parts would
            # multiply the memory.
            self._client.put_object(
                self._bucket,
                name,
                measured,  # type: ignore[arg-type]  # the client only calls read()
                length=-1,
                part_size=PART_BYTES,
                content_type=content_type,
                num_parallel_uploads=1,
            )
        return StoredObject(name, measured.size_bytes, measured.sha256)

    @contextmanager
    def open(
        self, name: str, *, start: int = 0, length: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        """See ObjectStore."""
        checked_name(name)
        if length == 0:
            # S3 does not answer an empty range.
            self.stat(name)
            yield iter(())
            return
        try:
            with self._mapped_errors(name):
                # The client takes length 0 for "to the end".
                response = self._client.get_object(
                    self._bucket, name, offset=start, length=length or 0
                )
        except _BeyondTheEnd:
            yield iter(())
            return
        try:
            yield self._pieces(response, name)
        finally:
            # A response read only in part cannot give its connection to another request.
            response.close()
            response.release_conn()

    def stat(self, name: str) -> int:
        """See ObjectStore."""
        checked_name(name)
        with self._mapped_errors(name):
            size_bytes = self._client.stat_object(self._bucket, name).size
        if size_bytes is None:
            raise StorageUnavailable(f"object store: gave no size for {name}")
        return size_bytes

    def delete(self, name: str) -> None:
        """See ObjectStore."""
        checked_name(name)
        with self._mapped_errors(name):
            self._client.remove_object(self._bucket, name)

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """See ObjectStore."""
        with self._mapped_errors(prefix):
            for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                if found.object_name is None or found.last_modified is None:
                    raise StorageUnavailable("object store: a listing without names or times")
                yield found.object_name, int(found.last_modified.timestamp() * 1000)

    def check(self) -> None:
        """See ObjectStore."""
        probe_store(self)

    def _expire_abandoned_uploads(self) -> None:
        """Let the server drop parts that a killed process left: no objects, but they cost room."""
        rule = Rule(
            ENABLED,
            rule_filter=Filter(prefix=""),
            rule_id="abandoned-uploads",
            abort_incomplete_multipart_upload=AbortIncompleteMultipartUpload(
                days_after_initiation=1
            ),
        )
        try:
            self._client.set_bucket_lifecycle(self._bucket, LifecycleConfig([rule]))
        except S3Error as error:
            # A server without this call can be used; its own clean-up has to do.
            if error.code not in {"NotImplemented", "MethodNotAllowed", "InvalidRequest"}:
                raise

    def _pieces(self, response: urllib3.BaseHTTPResponse, name: str) -> Iterator[bytes]:
        with self._mapped_errors(name):
            yield from response.stream(PIECE_BYTES)

    @contextmanager
    def _mapped_errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            if error.code in _ABSENT:
                raise NotFound(f"there is no object {name}") from error
            if error.code == _BeyondTheEnd.s3_code:
                raise _BeyondTheEnd(f"{name} has no such bytes") from error
            if error.code in _NO_ROOM or error.response.status == _INSUFFICIENT_STORAGE:
                raise StorageFull(f"no room in bucket {self._bucket}: {error.code}") from error
            raise StorageUnavailable(
                f"object store, bucket {self._bucket}: {error.code}: {error.message}"
            ) from error
        except InvalidResponseError as error:
            # Its text repeats the whole answer, which may be a page of a proxy.
            raise StorageUnavailable(
                "object store: the answer is not one of an S3 server"
            ) from error
        except ServerError as error:
            if error.status_code == _INSUFFICIENT_STORAGE:
                raise StorageFull(f"no room in bucket {self._bucket}") from error
            raise StorageUnavailable(f"object store: status {error.status_code}") from error
        except MinioException as error:
            raise StorageUnavailable(f"object store: {error}") from error
        except urllib3.exceptions.HTTPError as error:
            reason = getattr(error, "reason", None) or error
            raise StorageUnavailable(f"object store does not answer: {reason}") from error


def _connections(read_timeout_s: float) -> urllib3.PoolManager:
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=read_timeout_s),
        maxsize=_CONNECTIONS,
        cert_reqs="CERT_REQUIRED",
        ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
        # One more try where a kept connection was closed by the server meanwhile.
        retries=urllib3.Retry(
            total=2, read=1, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504)
        ),
    )
