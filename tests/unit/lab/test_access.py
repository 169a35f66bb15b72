"""Tokens open once; sessions last over a restart, and only their digests lie on the disk."""

import hashlib
import json
import stat

from jakstat.lab.access import Access


def test_a_token_opens_once_and_the_next_is_told(tmp_path):
    told = []
    access = Access(tmp_path / "sessions.json", told.append)
    session = access.opened(told[0])
    assert access.knows(session)
    assert access.opened(told[0]) is None
    assert len(told) == 2
    assert access.opened(told[1]) not in (None, session)


def test_what_is_no_token_opens_nothing(tmp_path):
    told = []
    access = Access(tmp_path / "sessions.json", told.append)
    assert [access.opened(word) for word in ("", told[0][:-1], told[0] + "x", "ü")] == [None] * 4
    assert not access.knows("")
    assert len(told) == 1


def test_a_session_lasts_over_a_restart_and_is_not_written_down(tmp_path):
    told, kept = [], tmp_path / "sessions.json"
    session = Access(kept, told.append).opened(told[0])
    assert Access(kept, told.append).knows(session)
    assert session not in kept.read_text()
    assert list(json.loads(kept.read_text())) == [hashlib.sha256(session.encode()).hexdigest()]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_an_old_session_has_ended(tmp_path):
    told, kept = [], tmp_path / "sessions.json"
    session = Access(kept, told.append).opened(told[0])
    kept.write_text(json.dumps({hashlib.sha256(session.encode()).hexdigest(): 1.0}))
    assert not Access(kept, told.append).knows(session)


def test_a_damaged_file_of_sessions_is_an_empty_one(tmp_path):
    kept = tmp_path / "sessions.json"
    kept.write_text("[1, 2")
    assert not Access(kept, lambda _: None).knows("x")
