"""In which language sentences are written."""

import pytest

from tinygrad_edu.language import current_language, say, using_language


def test_english_is_the_default_and_a_sentence_without_a_translation_stays(monkeypatch):
    monkeypatch.delenv("TINYGRAD_EDU_LANGUAGE", raising=False)
    assert current_language() == "en"
    with using_language("zh"):
        assert current_language() == "zh"
        assert say("no catalogue has {this}", this="it") == "no catalogue has it"
        with using_language(None):
            assert current_language() == "zh"
    assert current_language() == "en"


def test_braces_in_the_parts_are_left_alone():
    assert say("{label} is right", label="{x} 100%") == "{x} 100% is right"


def test_the_environment_chooses(monkeypatch):
    monkeypatch.setenv("TINYGRAD_EDU_LANGUAGE", "zh")
    assert current_language() == "zh"
    monkeypatch.setenv("TINYGRAD_EDU_LANGUAGE", "xx")
    with pytest.raises(ValueError, match="one of en, zh, not 'xx'"):
        current_language()


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="one of en, zh, not 'klingon'"), using_language("klingon"):
        pass
