"""What is refused by its first bytes, and what is left to the decoder."""

import pytest

from services.gateway.intake.sniff import foreign_kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        pytest.param(b"<!DOCTYPE html><html>", "an HTML page", id="html"),
        pytest.param(b"\r\n  <HTML><body>404", "an HTML page", id="html-after-space"),
        pytest.param(b'<?xml version="1.0"?>', "XML", id="xml"),
        pytest.param(b'\xef\xbb\xbf{"error": 1}', "JSON", id="json-with-bom"),
        pytest.param(b"[1, 2]", "JSON", id="json-list"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "a PDF document", id="pdf"),
        pytest.param(b"MZ\x90\x00\x03", "a Windows program", id="exe"),
        pytest.param(b"\x7fELF\x02\x01", "a program", id="elf"),
        pytest.param(b"PK\x03\x04\x14\x00", "a ZIP archive", id="zip"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "a PNG picture", id="png"),
        pytest.param(b"\xff\xd8\xff\xe0", "a JPEG picture", id="jpeg"),
        pytest.param(b"RIFF\x10\x00\x00\x00AVI LIST", "a RIFF file without sound", id="avi"),
        pytest.param(b"#!/bin/sh\nrm -rf /", "text", id="script"),
        pytest.param("Запись не найдена".encode(), "text", id="russian-text"),
        pytest.param("Запись".encode()[:-1], "text", id="text-cut-in-a-character"),
        pytest.param(b"RIFF\x10\x00\x00\x00WAVEfmt ", None, id="wav"),
        pytest.param(b"OggS\x00\x02", None, id="ogg"),
        pytest.param(b"fLaC\x00\x00\x00\x22", None, id="flac"),
        pytest.param(b"ID3\x03\x00\x00", None, id="mp3-id3"),
        pytest.param(b"\xff\xfb\x90\x64", None, id="mp3"),
        pytest.param(b"\x00\x00\x00\x20ftypM4A ", None, id="m4a"),
        pytest.param(b"#!AMR\n\x3c\x91", None, id="amr"),
        pytest.param(b"#!AMR\n", None, id="amr-head-only"),
        pytest.param(b"\xd2\x4b\x94\x9a\x60", None, id="gsm"),
        pytest.param(b"\xd5\xd5\xd5\xd5", None, id="a-law"),
        pytest.param(b"\x00\x01\x02\x03", None, id="anything-else"),
    ],
)
def test_foreign_kind(head: bytes, kind: str | None) -> None:
    assert foreign_kind(head) == kind
